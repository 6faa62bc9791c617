# Perl: Net::OAuth for the messages, LWP to send them.

use v5.26;
use warnings;
use Crypt::OpenSSL::RSA;
use Digest::SHA;
use Encode qw(decode_utf8 encode_utf8);
use JSON::PP;
use LWP::UserAgent;
use MIME::Base64 qw(encode_base64);
use Net::OAuth;
use URI::Escape qw(uri_escape_utf8);

$Net::OAuth::PROTOCOL_VERSION = Net::OAuth::PROTOCOL_VERSION_1_0A;
$| = 1;

my $json   = JSON::PP->new->canonical->allow_nonref;
my $config = $json->decode(decode_utf8(do { local $/; <STDIN> }));
my $base   = $config->{base};
my $agent  = LWP::UserAgent->new(timeout => 60);
my @built_in = qw(HMAC-SHA1 HMAC-SHA256 RSA-SHA1 PLAINTEXT);
my %form    = ('Content-Type' => 'application/x-www-form-urlencoded');

# The library loads a signature method by name; these packages add the ones it does not ship.
my %added = (
    'HMAC-SHA512' => sub { Digest::SHA::hmac_sha512($_[0]->signature_base_string, $_[0]->signature_key) },
    'RSA-SHA256'  => sub { my $k = $_[0]->signature_key; $k->use_sha256_hash; $k->sign($_[0]->signature_base_string) },
    'RSA-SHA512'  => sub { my $k = $_[0]->signature_key; $k->use_sha512_hash; $k->sign($_[0]->signature_base_string) },
);
for my $method (keys %added) {
    my $name = $method =~ s/-/_/r;
    $INC{"Net/OAuth/SignatureMethod/$name.pm"} = $0;
    no strict 'refs';
    *{"Net::OAuth::SignatureMethod::${name}::sign"} = sub { encode_base64($added{$method}->($_[1]), '') };
}

sub say_line { say encode_utf8($json->encode({@_})) }

# Runs one step; the action answers the fields to report. A failure is reported and the next step goes on.
sub step {
    my ($name, $action, $note) = @_;
    my %found = eval { $action->() };
    return say_line(step => $name, error => "$@") if $@;
    say_line(step => $name, %found, $note ? (note => $note) : ());
}

sub not_possible { my ($name, $reason) = @_; say_line(step => $name, na => $reason) }

sub answer { my $response = shift; return (status => 0 + $response->code, body => decode_utf8($response->content)) }

# Lets the resource owner approve; answers what the browser brought back.
sub browse {
    my $url  = shift;
    my $back = $agent->get("$config->{browser}/approve?url=" . uri_escape_utf8($url));
    my $said = $json->decode($back->decoded_content);
    die $said->{error} unless $back->is_success;
    return $said;
}

# A signed message of Net::OAuth, for the client that fits the signature method.
sub message {
    my ($kind, $method, $verb, $url, %more) = @_;
    my $rsa     = $method =~ /^RSA-/;
    my $request = Net::OAuth->request($kind)->new(
        consumer_key     => $config->{$rsa ? 'rsa' : 'client'}{id},
        consumer_secret  => $rsa ? '' : $config->{client}{secret},
        request_url      => $url,
        request_method   => $verb,
        signature_method => $method,
        timestamp        => time,
        nonce            => join('', map { sprintf '%08x', rand 0xffffffff } 1 .. 4),
        $rsa ? (signature_key => private_key()) : (),
        %more,
    );
    $request->sign;
    return $request;
}

sub private_key {
    open my $file, '<', $config->{rsa}{private_key_file} or die $!;
    return Crypt::OpenSSL::RSA->new_private_key(do { local $/; <$file> });
}

sub ask {
    my $request  = shift;
    my $response = $agent->post($request->request_url, Authorization => $request->to_authorization_header);
    die $response->code . ' ' . $response->content unless $response->is_success;
    return $response->content;
}

sub dance {
    my ($method, $callback, $report) = @_;
    my $asked = message('request token', $method, 'POST', "$base/oauth/initiate", callback => $callback);
    my $temporary = Net::OAuth->response('request token')->from_post_body(ask($asked));
    $report->('initiate', credentials => credentials($temporary, oauth_callback_confirmed => $temporary->callback_confirmed));
    my $back = browse(Net::OAuth->request('user auth')->new(token => $temporary->token)->to_url("$base/oauth/authorize"));
    my $same = !defined $back->{oauth_token} || $back->{oauth_token} eq $temporary->token;
    $report->('authorize', verifier => $back->{oauth_verifier}, same_token => $same ? JSON::PP::true : JSON::PP::false);
    my $exchange = message(
        'access token', $method, 'POST', "$base/oauth/token",
        token => $temporary->token, token_secret => $temporary->token_secret, verifier => $back->{oauth_verifier},
    );
    my $granted = Net::OAuth->response('access token')->from_post_body(ask($exchange));
    $report->('token', credentials => credentials($granted));
    return (token => $granted->token, token_secret => $granted->token_secret);
}

sub credentials { my $made = shift; return {oauth_token => $made->token, oauth_token_secret => $made->token_secret, @_} }

sub in_header {
    my ($verb, $url, $token, $extra, $body, %headers) = @_;
    my $request = message('protected resource', 'HMAC-SHA1', $verb, $url, %$token, extra_params => $extra);
    my $put     = HTTP::Request->new($verb, $url, [%headers, Authorization => $request->to_authorization_header], $body);
    return answer($agent->request($put));
}

sub form_body { my %pairs = @_; return join '&', map { uri_escape_utf8($_) . '=' . uri_escape_utf8($pairs{$_}) } keys %pairs }

sub get_with {
    my ($method, $url, %token) = @_;
    my $request = message('protected resource', $method, 'GET', $url, %token);
    return answer($agent->get($url, Authorization => $request->to_authorization_header));
}

say_line(about => "Net::OAuth $Net::OAuth::VERSION, LWP $LWP::VERSION, Perl " . sprintf('%vd', $^V));
my $quiet   = sub { };
my %granted = dance('HMAC-SHA1', $config->{callback}, sub { say_line(step => @_) });
my %pairs   = map { @$_ } @{$config->{pairs}};
my $once    = 'its parameters are the keys of a hash, so a key can be signed only once';

step('whoami', sub { get_with('HMAC-SHA1', "$base/api/whoami", %granted) });
step('query', sub {
    my $request = message('protected resource', 'HMAC-SHA1', 'GET', "$base/echo/query", %granted, extra_params => \%pairs);
    return answer($agent->get($request->to_url));
}, 'from extra_params by to_url: UTF-8 that stands in request_url itself is signed as encoded twice');
not_possible('query dup', $once);
step('in header', sub { get_with('HMAC-SHA1', "$base/echo/header", %granted) });
step('in query', sub {
    return answer($agent->get(message('protected resource', 'HMAC-SHA1', 'GET', "$base/echo/query?a=b", %granted)->to_url));
});
step('in body', sub {
    my $request = message('protected resource', 'HMAC-SHA1', 'POST', "$base/echo/body", %granted, extra_params => {a => 'b'});
    return answer($agent->post("$base/echo/body", %form, Content => $request->to_post_body));
});
step('form', sub { in_header('POST', "$base/echo/form", \%granted, \%pairs, form_body(%pairs), %form) });
not_possible('form dup', $once);
step('json', sub {
    in_header('POST', "$base/echo/json", \%granted, {}, encode_utf8($config->{json}), 'Content-Type' => 'application/json');
});
step('put', sub { in_header('PUT', "$base/echo/put", \%granted, \%pairs, form_body(%pairs), %form) });
step('delete', sub { in_header('DELETE', "$base/echo/delete?id=7&why=a%20b", \%granted, {}, undef) });
step('oob', sub { get_with('HMAC-SHA1', "$base/echo/oob", dance('HMAC-SHA1', 'oob', $quiet)) });
for my $method (@built_in, sort keys %added) {
    step($method, sub { get_with($method, "$base/echo/method", dance($method, $config->{callback}, $quiet)) },
        $added{$method} && 'not built in; a package of a few lines under Net::OAuth::SignatureMethod');
}
step('2-legged', sub {
    my $request = message('consumer', 'HMAC-SHA1', 'GET', "$base/echo/two-legged");
    return answer($agent->get($request->request_url, Authorization => $request->to_authorization_header));
});
step('tampered', sub { get_with('HMAC-SHA1', "$base/echo/tampered", %granted, token_secret => "$granted{token_secret}x") });
step('replay', sub {
    my $header = message('protected resource', 'HMAC-SHA1', 'GET', "$base/echo/replay", %granted)->to_authorization_header;
    my ($first, $again) = map { $agent->get("$base/echo/replay", Authorization => $header) } 1, 2;
    return (first => 0 + $first->code, answer($again));
});
