-- Some commits, one after the other, each by itself: all its checks first, then the one write that may be
-- refused, then the rest, since what a script has written is not taken back.
-- ARGV: now, id and serial for a new epoch, epoch and number that the node has seen, whether replicas are waited for,
--       most tokens, count of commits, and of each:
--       token;
--       checks: count, then key and version ('-' for absent) each;
--       deletes: count, then keys;
--       puts: count, then key, whether it takes the number, json, expiry or '-' each;
--       entry: 0 or 1, then time, kind, document, whether it takes the number, audiences as JSON, facts,
--       count of audiences, and each.
-- Answers for each `conflict`, `done`, or `done` and the id of the entry. If one cannot be written, answers why,
-- and those after it are left; of those before it the tokens are known.

local place = 0
local function take()
  place = place + 1
  return ARGV[place]
end

local now, fresh_id, fresh_serial = tonumber(take()), take(), take()
local seen_epoch, seen_number = take(), take()
local waits, most_tokens = take() == '1', tonumber(take())
local TOKENS_LAST = 600

local function take_commit()
  local commit = { token = take(), checks = {}, deletes = {}, puts = {} }
  for n = 1, tonumber(take()) do
    commit.checks[n] = { key = take(), version = take() }
  end
  for n = 1, tonumber(take()) do
    commit.deletes[n] = take()
  end
  for n = 1, tonumber(take()) do
    commit.puts[n] = { key = take(), is_numbered = take() == '1', json = take(), expires = take() }
  end
  if take() == '1' then
    local entry = { at = tonumber(take()), kind = take(), document = take(), is_numbered = take() == '1',
      audiences = take(), facts = take(), heard_by = {} }
    for n = 1, tonumber(take()) do
      entry.heard_by[n] = take()
    end
    commit.entry = entry
  end
  return commit
end

local state = read_state()
-- While a store is moved into it has no state.
if not state.epochs and is_moving() then
  return unfinished()
end
local is_new_epoch = begin_epoch(state, fresh_id, fresh_serial, seen_epoch, seen_number)
local epoch = current_epoch(state.epochs)
local is_changed = false

local function numbered(key, number)
  return key .. '/' .. string.format('%016.0f', number)
end

local function is_held(checks)
  for _, check in ipairs(checks) do
    local stored = find(check.key, now)
    local version = stored and string.match(stored, '^%d+') or '-'
    if version ~= check.version then
      return false
    end
  end
  return true
end

-- Adds an entry under the next number, and says under which.
local function append(entry)
  state.at = math.max(state.at, entry.at)
  local function try()
    local number = state.head + 1
    local document = entry.is_numbered and numbered(entry.document, number) or entry.document
    return redis.pcall('XADD', LOG, digits(number) .. '-0', 'at', digits(state.at), 'kind', entry.kind,
      'document', document, 'audiences', entry.audiences, 'facts', entry.facts)
  end
  local added = try()
  if type(added) == 'table' and last_number() > state.head then
    -- Somebody else has written to the log, or taken the state away: numbers must not come twice.
    state.head = last_number()
    added = try()
  end
  if type(added) == 'table' then
    error(added, 0)
  end
  state.head = state.head + 1
  for _, audience in ipairs(entry.heard_by) do
    redis.call('RPUSH', heard(audience), digits(state.head))
  end
  return state.head
end

local function write(put, number)
  state.serial = state.serial + 1
  local key = put.is_numbered and number and numbered(put.key, number) or put.key
  local header = digits(state.serial) .. ' ' .. (number and digits(number) or '-') .. ' ' .. put.expires .. ' '
  local is_new = redis.call('HSET', DOCUMENTS, key, header .. put.json) == 1
  if is_new then
    redis.call('ZADD', NAMES, 0, key)
  end
  if put.expires ~= '-' then
    redis.call('ZADD', EXPIRING, put.expires, key)
  elseif not is_new then
    redis.call('ZREM', EXPIRING, key)
  end
end

local function apply(commit)
  local known = redis.call('HGET', TOKENS, commit.token) or redis.call('HGET', OLD_TOKENS, commit.token)
  if known then
    if waits then
      -- Written once more, so that whoever waits for replicas has something to wait for.
      redis.pcall('HSET', TOKENS, commit.token, known)
    end
    return known
  end
  if not is_held(commit.checks) then
    -- A memory that is full must not hide the answer; then it is found anew if it is asked for again.
    redis.pcall('HSET', TOKENS, commit.token, 'conflict')
    return 'conflict'
  end
  is_changed = true
  -- What only deletes must succeed even when there is no memory left; Redis lets a script go on that has
  -- written already.
  local is_small = #commit.puts == 0
  if is_small then
    remove_all(commit.deletes)
  end
  local number = commit.entry and append(commit.entry)
  for _, put in ipairs(commit.puts) do
    write(put, number)
  end
  if not is_small then
    remove_all(commit.deletes)
  end
  local answer = number and 'done ' .. epoch .. '-' .. digits(number) or 'done'
  redis.call('HSET', TOKENS, commit.token, answer)
  return answer
end

local function save()
  redis.call('HSET', KEYS[1], 'head', digits(state.head), 'serial', digits(state.serial), 'at', digits(state.at))
  if is_new_epoch then
    redis.call('HSET', KEYS[1], 'epochs', state.epochs, 'identity', state.identity)
  end
end

-- Two generations of tokens, each at most ten minutes old when the next begins, and bounded in number.
local function turn_tokens()
  local time = tonumber(redis.call('TIME')[1])
  local since = redis.call('HGET', KEYS[1], 'tokens_since')
  if not since then
    redis.call('HSET', KEYS[1], 'tokens_since', time)
  elseif time - tonumber(since) >= TOKENS_LAST or redis.call('HLEN', TOKENS) >= most_tokens then
    redis.call('UNLINK', OLD_TOKENS)
    redis.call('RENAME', TOKENS, OLD_TOKENS)
    redis.call('HSET', KEYS[1], 'tokens_since', time)
  end
end

local answers = {}
for n = 1, tonumber(take()) do
  local is_done, answer = pcall(apply, take_commit())
  if not is_done then
    -- If anything was written, this can be too.
    pcall(save)
    return type(answer) == 'table' and answer or redis.error_reply(answer)
  end
  answers[n] = answer
end
if is_changed then
  save()
  remove_all(redis.call('ZRANGEBYSCORE', EXPIRING, '-inf', now, 'LIMIT', 0, 16))
  turn_tokens()
end
return answers
