-- One commit: all checks first, then the one write that may be refused, then the rest, since what a script
-- has written is not taken back.
-- ARGV: token, now, id and serial for a new epoch, whether replicas are waited for, most tokens;
--       checks: count, then key and version ('-' for absent) each;
--       deletes: count, then keys;
--       puts: count, then key, whether it takes the number, json, expiry or '-' each;
--       entry: 0 or 1, then time, kind, document, whether it takes the number, audiences as JSON, facts,
--       count of audiences, and each.
-- Answers `conflict`, `done`, or `done` and the id of the entry.

local place = 0
local function take()
  place = place + 1
  return ARGV[place]
end

local token, now = take(), tonumber(take())
local fresh_id, fresh_serial = take(), take()
local waits, most_tokens = take() == '1', tonumber(take())
local TOKENS_LAST = 600

local known = redis.call('HGET', TOKENS, token) or redis.call('HGET', OLD_TOKENS, token)
if known then
  if waits then
    -- Written once more, so that whoever waits for replicas has something to wait for.
    redis.call('HSET', TOKENS, token, known)
  end
  return known
end

-- Two generations of tokens, each at most ten minutes old when the next begins, and bounded in number.
local function remember(answer)
  redis.call('HSET', TOKENS, token, answer)
  local time = tonumber(redis.call('TIME')[1])
  local since = redis.call('HGET', KEYS[1], 'tokens_since')
  if not since then
    redis.call('HSET', KEYS[1], 'tokens_since', time)
  elseif time - tonumber(since) >= TOKENS_LAST or redis.call('HLEN', TOKENS) >= most_tokens then
    redis.call('UNLINK', OLD_TOKENS)
    redis.call('RENAME', TOKENS, OLD_TOKENS)
    redis.call('HSET', KEYS[1], 'tokens_since', time)
  end
  return answer
end

local is_held = true
for _ = 1, tonumber(take()) do
  local key, version = take(), take()
  local stored = find(key, now)
  if version == '-' then
    is_held = is_held and not stored
  else
    is_held = is_held and stored ~= nil and string.match(stored, '^%d+') == version
  end
end
if not is_held then
  return remember('conflict')
end

local deletes, puts, entry = {}, {}, nil
for n = 1, tonumber(take()) do
  deletes[n] = take()
end
for n = 1, tonumber(take()) do
  puts[n] = { key = take(), is_numbered = take() == '1', json = take(), expires = take() }
end
if take() == '1' then
  entry = { at = tonumber(take()), kind = take(), document = take(), is_numbered = take() == '1',
    audiences = take(), facts = take(), heard_by = {} }
  for n = 1, tonumber(take()) do
    entry.heard_by[n] = take()
  end
end

local state = read_state()
local is_new_epoch = begin_epoch(state, fresh_id, fresh_serial)
local number = entry and state.head + 1
local function numbered(key)
  return key .. '/' .. string.format('%016.0f', number)
end

-- What only deletes must succeed even when there is no memory left; Redis lets a script go on that has
-- written already.
if #puts == 0 then
  for _, key in ipairs(deletes) do
    remove(key)
  end
  deletes = {}
end
if entry then
  state.at = math.max(state.at, entry.at)
  local document = entry.is_numbered and numbered(entry.document) or entry.document
  local id = digits(number) .. '-0'
  redis.call('XADD', LOG, id, 'at', digits(state.at), 'kind', entry.kind, 'document', document,
    'audiences', entry.audiences, 'facts', entry.facts)
  for _, audience in ipairs(entry.heard_by) do
    redis.call('XADD', heard(audience), id, '', '')
  end
  state.head = number
end
for _, put in ipairs(puts) do
  state.serial = state.serial + 1
  local key = put.is_numbered and number and numbered(put.key) or put.key
  local header = digits(state.serial) .. ' ' .. (number and digits(number) or '-') .. ' ' .. put.expires .. ' '
  redis.call('HSET', DOCUMENTS, key, header .. put.json)
  redis.call('ZADD', NAMES, 0, key)
  if put.expires == '-' then
    redis.call('ZREM', EXPIRING, key)
  else
    redis.call('ZADD', EXPIRING, put.expires, key)
  end
end
for _, key in ipairs(deletes) do
  remove(key)
end
redis.call('HSET', KEYS[1], 'head', digits(state.head), 'serial', digits(state.serial), 'at', digits(state.at))
if is_new_epoch then
  redis.call('HSET', KEYS[1], 'epochs', state.epochs, 'identity', state.identity)
end
local expired = redis.call('ZRANGEBYSCORE', EXPIRING, '-inf', now, 'LIMIT', 0, 16)
for _, key in ipairs(expired) do
  remove(key)
end
return remember(number and 'done ' .. current_epoch(state.epochs) .. '-' .. digits(number) or 'done')
