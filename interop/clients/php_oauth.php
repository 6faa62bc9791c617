<?php
// PHP: the oauth extension of PECL.

$config = json_decode(stream_get_contents(STDIN), true);
$base = $config['base'];
$methods = [
    'HMAC-SHA1' => OAUTH_SIG_METHOD_HMACSHA1,
    'HMAC-SHA256' => OAUTH_SIG_METHOD_HMACSHA256,
    'RSA-SHA1' => OAUTH_SIG_METHOD_RSASHA1,
    'PLAINTEXT' => OAUTH_SIG_METHOD_PLAINTEXT,
];

function say(array $line): void
{
    echo json_encode($line, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE), "\n";
}

// Runs one step; the action answers the fields to report. A failure is reported and the next step goes on.
function step(string $name, callable $action, ?string $note = null): void
{
    try {
        $found = $action();
    } catch (Throwable $error) {
        $said = $error->lastResponse ?? '';
        say(['step' => $name, 'error' => get_class($error) . ': ' . $error->getMessage() . ' ' . $said]);
        return;
    }
    say(['step' => $name] + $found + ($note ? ['note' => $note] : []));
}

function notPossible(string $name, string $reason): void
{
    say(['step' => $name, 'na' => $reason]);
}

// Lets the resource owner approve; answers what the browser brought back.
function browse(string $url): array
{
    global $config;
    $context = stream_context_create(['http' => ['ignore_errors' => true, 'timeout' => 60]]);
    $back = json_decode(file_get_contents($config['browser'] . '/approve?url=' . urlencode($url), false, $context), true);
    if (isset($back['error'])) {
        throw new RuntimeException($back['error']);
    }
    return $back;
}

function client(string $method = 'HMAC-SHA1', array $token = [], int $where = OAUTH_AUTH_TYPE_AUTHORIZATION): OAuth
{
    global $config, $methods;
    $rsa = str_starts_with($method, 'RSA-');
    $who = $config[$rsa ? 'rsa' : 'client'];
    $oauth = new OAuth($who['id'], $rsa ? 'unused' : $who['secret'], $methods[$method], $where);
    if ($rsa) {
        $oauth->setRSACertificate(file_get_contents($who['private_key_file']));
    }
    if ($token) {
        $oauth->setToken($token['oauth_token'], $token['oauth_token_secret']);
    }
    return $oauth;
}

// Sends a request; the extension throws for a refusal, which is an answer too.
function fetched(OAuth $oauth, string $url, $data = null, string $verb = OAUTH_HTTP_METHOD_GET, array $headers = []): array
{
    try {
        $oauth->fetch($url, $data, $verb, $headers);
        $body = $oauth->getLastResponse();
    } catch (OAuthException $refusal) {
        if (!$oauth->getLastResponseInfo()) {
            throw $refusal;
        }
        $body = $refusal->lastResponse;
    }
    return ['status' => $oauth->getLastResponseInfo()['http_code'], 'body' => $body];
}

function dance(string $method = 'HMAC-SHA1', ?string $callback = null, ?callable $report = null): array
{
    global $config, $base;
    $report ??= fn (array $line) => null;
    $oauth = client($method);
    $temporary = $oauth->getRequestToken("$base/oauth/initiate", $callback ?? $config['callback'], 'POST');
    $report(['step' => 'initiate', 'credentials' => $temporary]);
    $back = browse("$base/oauth/authorize?oauth_token=" . urlencode($temporary['oauth_token']));
    $same = in_array($back['oauth_token'], [null, $temporary['oauth_token']], true);
    $report(['step' => 'authorize', 'verifier' => $back['oauth_verifier'], 'same_token' => $same]);
    $oauth->setToken($temporary['oauth_token'], $temporary['oauth_token_secret']);
    $granted = $oauth->getAccessToken("$base/oauth/token", '', $back['oauth_verifier'], 'POST');
    $report(['step' => 'token', 'credentials' => $granted]);
    return $granted;
}

say(['about' => 'oauth extension ' . phpversion('oauth') . ', PHP ' . PHP_VERSION]);
$granted = dance(report: 'say');
$oauth = client('HMAC-SHA1', $granted);
$pairs = array_column($config['pairs'], 1, 0);
$grouped = [];
foreach ($config['twice_pairs'] as [$name, $value]) {
    $grouped[$name] = isset($grouped[$name]) ? array_merge((array) $grouped[$name], [$value]) : $value;
}

step('whoami', fn () => fetched($oauth, "$base/api/whoami"));
step('query', fn () => fetched($oauth, "$base/echo/query?{$config['query']}"));
step(
    'query dup', fn () => fetched($oauth, "$base/echo/query", $grouped),
    'as an array of parameters: of a key that comes twice in the URL itself only the last is signed',
);
step('in header', fn () => fetched($oauth, "$base/echo/header"));
step('in query', fn () => fetched(client('HMAC-SHA1', $granted, OAUTH_AUTH_TYPE_URI), "$base/echo/query?a=b"));
step('in body', fn () => fetched(
    client('HMAC-SHA1', $granted, OAUTH_AUTH_TYPE_FORM), "$base/echo/body", ['a' => 'b'], OAUTH_HTTP_METHOD_POST,
));
step('form', fn () => fetched($oauth, "$base/echo/form", $pairs, OAUTH_HTTP_METHOD_POST));
step('form dup', fn () => fetched($oauth, "$base/echo/form", $grouped, OAUTH_HTTP_METHOD_POST));
step('json', fn () => fetched(
    $oauth, "$base/echo/json", $config['json'], OAUTH_HTTP_METHOD_POST, ['Content-Type' => 'application/json'],
));
step('put', fn () => fetched($oauth, "$base/echo/put", $pairs, OAUTH_HTTP_METHOD_PUT));
step('delete', fn () => fetched($oauth, "$base/echo/delete?id=7&why=a%20b", null, OAUTH_HTTP_METHOD_DELETE));
step('oob', fn () => fetched(client('HMAC-SHA1', dance(callback: 'oob')), "$base/echo/oob"));
foreach (array_keys($methods) as $method) {
    step($method, fn () => fetched(client($method, dance($method)), "$base/echo/method"));
}
foreach (['HMAC-SHA512', 'RSA-SHA256', 'RSA-SHA512'] as $method) {
    notPossible($method, 'there is no such signature method in the extension');
}
step('2-legged', fn () => fetched(client(), "$base/echo/two-legged"));
step('tampered', function () use ($granted, $base) {
    $granted['oauth_token_secret'] .= 'x';
    return fetched(client('HMAC-SHA1', $granted), "$base/echo/tampered");
});
step('replay', function () use ($oauth, $base) {
    $oauth->setNonce(bin2hex(random_bytes(16)));
    $oauth->setTimestamp((string) time());
    $first = fetched($oauth, "$base/echo/replay")['status'];
    return ['first' => $first] + fetched($oauth, "$base/echo/replay");
});
