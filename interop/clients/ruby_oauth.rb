# Ruby: the oauth gem (OAuth::Consumer and OAuth::AccessToken).

require 'cgi'
require 'json'
require 'net/http'
require 'oauth'
require 'oauth/signature/plaintext'
require 'oauth/signature/rsa/sha1'

CONFIG = JSON.parse($stdin.read)
BASE = CONFIG['base']
BUILT_IN = %w[HMAC-SHA1 RSA-SHA1 PLAINTEXT].freeze
ADDED = %w[HMAC-SHA256 HMAC-SHA512 RSA-SHA256 RSA-SHA512].freeze
FORM = { 'Content-Type' => 'application/x-www-form-urlencoded' }.freeze

# The packaged version stops at SHA-1; a class that `implements` a name adds a signature method.
ADDED.each do |name|
  kind, digest = name.split('-')
  Class.new(OAuth::Signature::Base) do
    implements name.downcase

    define_method(:digest) do
      next OpenSSL::HMAC.digest(digest, secret, signature_base_string) if kind == 'HMAC'

      OpenSSL::PKey::RSA.new(consumer_secret).sign(digest, signature_base_string)
    end
  end
end

def say(line)
  puts JSON.generate(line)
  $stdout.flush
end

# Runs one step; the block answers the fields to report. A failure is reported and the next step goes on.
def step(name, note = nil)
  found = yield
  found[:note] = note if note
  say({ step: name }.merge(found))
rescue StandardError => e
  said = e.respond_to?(:request) && e.request ? " #{e.request.body}" : ''
  say({ step: name, error: "#{e.class}: #{e.message}#{said}" })
end

def answer(response)
  { status: response.code.to_i, body: response.body }
end

# Lets the resource owner approve; answers what the browser brought back.
def browse(url)
  response = Net::HTTP.get_response(URI("#{CONFIG['browser']}/approve?url=#{CGI.escape(url)}"))
  back = JSON.parse(response.body)
  raise back['error'] unless response.code == '200'

  back
end

def consumer(method = 'HMAC-SHA1', scheme = :header)
  rsa = method.start_with?('RSA-')
  key = rsa ? File.read(CONFIG['rsa']['private_key_file']) : CONFIG['client']['secret']
  OAuth::Consumer.new(
    CONFIG[rsa ? 'rsa' : 'client']['id'], key,
    site: BASE, scheme: scheme, signature_method: method,
    request_token_path: '/oauth/initiate', authorize_path: '/oauth/authorize', access_token_path: '/oauth/token'
  )
end

def dance(method: 'HMAC-SHA1', callback: CONFIG['callback'], report: ->(_) {})
  temporary = consumer(method).get_request_token(oauth_callback: callback)
  confirmed = temporary.callback_confirmed?.to_s
  report.call({ step: 'initiate', credentials: credentials(temporary).merge(oauth_callback_confirmed: confirmed) })
  back = browse(temporary.authorize_url)
  same = [nil, temporary.token].include?(back['oauth_token'])
  report.call({ step: 'authorize', verifier: back['oauth_verifier'], same_token: same })
  granted = temporary.get_access_token(oauth_verifier: back['oauth_verifier'])
  report.call({ step: 'token', credentials: credentials(granted) })
  granted
end

def credentials(token)
  { oauth_token: token.token, oauth_token_secret: token.secret }
end

def grouped(pairs)
  pairs.group_by(&:first).transform_values { |found| found.map(&:last) }
end

# The library raises for an answer that names an oauth_problem; the answer is in the exception.
def refused
  answer(yield)
rescue OAuth::Problem => e
  { status: e.request.code.to_i, body: "#{e.problem} #{e.request.body}" }
end

def replayed(granted)
  request = granted.consumer.create_signed_request(:get, '/echo/replay', granted)
  first = granted.consumer.http.request(request)
  again = Net::HTTP::Get.new('/echo/replay', 'Authorization' => request['Authorization'])
  { first: first.code.to_i }.merge(answer(granted.consumer.http.request(again)))
end

say({ about: "oauth gem #{OAuth::VERSION}, Ruby #{RUBY_VERSION}" })
granted = dance(report: method(:say))
in_query = OAuth::AccessToken.new(consumer('HMAC-SHA1', :query_string), granted.token, granted.secret)
in_body = OAuth::AccessToken.new(consumer('HMAC-SHA1', :body), granted.token, granted.secret)

step('whoami') { answer(granted.get('/api/whoami')) }
step('query') { answer(granted.get("/echo/query?#{CONFIG['query']}")) }
step('query dup') { answer(granted.get("/echo/query?#{CONFIG['twice']}")) }
step('in header') { answer(granted.get('/echo/header')) }
step('in query') { answer(in_query.get('/echo/query?a=b')) }
step('in body') { answer(in_body.post('/echo/body', { 'a' => 'b' })) }
step('form') { answer(granted.post('/echo/form', CONFIG['pairs'].to_h)) }
step('form dup') { answer(granted.post('/echo/form', grouped(CONFIG['twice_pairs']))) }
step('json') { answer(granted.post('/echo/json', CONFIG['json'].b, { 'Content-Type' => 'application/json' })) }
step('put') { answer(granted.put('/echo/put', CONFIG['query'], FORM)) }
step('delete') { answer(granted.delete('/echo/delete?id=7&why=a%20b')) }
step('oob') { answer(dance(callback: 'oob').get('/echo/oob')) }
BUILT_IN.each { |name| step(name) { answer(dance(method: name).get('/echo/method')) } }
ADDED.each do |name|
  step(name, 'not built in; a class of a few lines that `implements` it') do
    answer(dance(method: name).get('/echo/method'))
  end
end
step('2-legged') { answer(consumer.request(:get, '/echo/two-legged')) }
step('tampered') do
  wrong = OAuth::AccessToken.new(consumer, granted.token, "#{granted.secret}x")
  refused { wrong.get('/echo/tampered') }
end
step('replay') { replayed(granted) }
