-- Asks Countersign at /forward-auth (preset "haproxy") about the request at hand. On 200 it sets the identity headers and
-- the variable txn.countersign; any refusal is answered as it came. Whatever goes wrong leaves the variable unset.

local ask = "http://127.0.0.1:8080/forward-auth"
local timeout = 2000 -- milliseconds; HAProxy 2.6 asks up to four times before it gives up
local identity = { "x-oauth-client", "x-oauth-owner", "x-oauth-token-id", "x-oauth-scopes", "x-oauth-identity" }
local passed_on = { "authorization", "content-type", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-for" }
local told = { "content-type", "www-authenticate", "x-oauth-problem", "retry-after", "allow", "cache-control" }

-- The body, if the buffer holds all that Content-Length announced. Without that field there is none: haproxy.cfg lets no
-- chunks through, whose end nobody knows here.
local function whole_body(txn, headers)
    if headers["transfer-encoding"] then return nil end
    local length = headers["content-length"]
    local body = txn.f:req_body() or ""
    return #body == tonumber(length and length[0] or 0) and body or nil
end

core.register_action("countersign", { "http-req" }, function(txn)
    local headers = txn.http:req_get_headers()
    local asked = {
        ["x-original-method"] = { txn.f:method() },
        ["x-original-uri"] = { txn.f:pathq() },
    }
    for _, name in ipairs(passed_on) do
        local values, index = headers[name], 0
        if values then
            asked[name] = {}
            while values[index] do -- every one: two Authorization fields are refused, and not by taking one of them
                table.insert(asked[name], values[index])
                index = index + 1
            end
        end
    end

    local question = { url = ask, headers = asked, timeout = timeout }
    local body, answer = whole_body(txn, headers), nil
    if body then asked["x-original-body"] = { "whole" } end
    if body and body ~= "" then
        question.body = body
        answer = core.httpclient():post(question)
    else
        answer = core.httpclient():get(question)
    end
    if not answer or not answer.status or answer.status == 0 then return end

    if answer.status == 200 then
        for _, name in ipairs(identity) do
            local values = answer.headers[name]
            if not values then return end -- that was not Countersign
            txn.http:req_set_header(name, values[0])
        end
        txn:set_var("txn.countersign", "verified")
        return
    end

    local reply = txn:reply({ status = answer.status, body = answer.body })
    for _, name in ipairs(told) do
        local values, index = answer.headers[name], 0
        while values and values[index] do
            reply:add_header(name, values[index])
            index = index + 1
        end
    end
    txn:done(reply)
end, 0)
