# A client in bash, openssl and curl, to be sourced: it signs one request by HMAC-SHA1 (RFC 5849 §3) and sends it.
#
#   client_id=… client_secret=…
#   call METHOD URL TOKEN_SECRET [NAME=VALUE…]      protocol parameters of this step, such as oauth_token=…
#
# The URL's query, if any, must be percent-encoded already.

client_id=${client_id-dpf43f3p2l4k3l03} client_secret=${client_secret-kd94hf93k423kf44}

encode() { # §3.6
  local LC_ALL=C i c
  for ((i = 0; i < ${#1}; i++)); do
    c=${1:i:1}
    if [[ $c == [A-Za-z0-9._~-] ]]; then printf %s "$c"; else printf %%%02X "'$c"; fi
  done
}

call() {
  local method=$1 url=$2 token_secret=$3 oauth=() all=() one base key signature
  shift 3
  for one in oauth_consumer_key="$client_id" oauth_nonce="$RANDOM$RANDOM$RANDOM" \
    oauth_signature_method=HMAC-SHA1 oauth_timestamp="$(date +%s)" "$@"; do
    oauth+=("${one%%=*}=$(encode "${one#*=}")")
  done
  # §3.4.1.3: the query's parameters too, sorted by name.
  mapfile -t all < <(printf '%s\n' "${oauth[@]}" "$(tr '&' '\n' <<<"${url#"${url%%\?*}"}" | sed 's/^?//')" | sed '/^$/d' | LC_ALL=C sort)
  # §3.4.1.1 and §3.4.2
  base="$method&$(encode "${url%%\?*}")&$(encode "$(IFS='&' && echo "${all[*]}")")"
  key="$(encode "$client_secret")&$(encode "$token_secret")"
  signature=$(printf %s "$base" | openssl dgst -sha1 -hmac "$key" -binary | openssl base64)
  oauth+=("oauth_signature=$(encode "$signature")")
  # §3.5.1
  curl --silent --show-error --request "$method" "$url" --write-out '\n' \
    --header "Authorization: OAuth $(printf '%s", ' "${oauth[@]/=/=\"}" | sed 's/, $//')"
}
