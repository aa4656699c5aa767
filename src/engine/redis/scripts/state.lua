-- Stands before every script: the names of the keys, and the state of the log.
-- KEYS[1] is the key of the state, such as {openline}:state; all others share its beginning.

local base = string.sub(KEYS[1], 1, -6)
local LOG, DOCUMENTS, NAMES = base .. 'log', base .. 'documents', base .. 'names'
local EXPIRING, TRIMMED = base .. 'expiring', base .. 'trimmed'
local TOKENS, OLD_TOKENS = base .. 'tokens', base .. 'tokens:old'
local MOVING = base .. 'moving'
local MOST_EPOCHS = 1000

-- The list of the numbers of an audience's entries, in order.
local function heard(audience)
  return base .. 'heard:' .. audience
end

-- Integers up to 2^53, without an exponent.
local function digits(number)
  return string.format('%.0f', number)
end

-- Whether everything is just being moved here, or such a move came to no end.
local function is_moving()
  return redis.call('EXISTS', MOVING) == 1
end

-- What a node is answered then.
local function unfinished()
  return redis.error_reply('UNFINISHED a move into this store')
end

local function read_state()
  local fields = redis.call('HMGET', KEYS[1], 'epochs', 'identity', 'head', 'serial', 'at', 'trimmed')
  return {
    epochs = fields[1],
    identity = fields[2],
    head = tonumber(fields[3] or '0'),
    serial = tonumber(fields[4] or '0'),
    at = tonumber(fields[5] or '0'),
    trimmed = tonumber(fields[6] or '0'),
  }
end

-- Which server this is, and since when it has been the primary: another after every restart, failover
-- and restore, all of which may have lost the last writes.
local function identity()
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  local replication = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
  return run .. ':' .. replication
end

-- The last number that the stream of the log has given out, trimmed or not.
local function last_number()
  if redis.call('EXISTS', LOG) == 0 then
    return 0
  end
  local about = redis.call('XINFO', 'STREAM', LOG)
  for n = 1, #about, 2 do
    if about[n] == 'last-generated-id' then
      return tonumber(string.match(about[n + 1], '^%d+'))
    end
  end
end

local function current_epoch(epochs)
  return string.match(epochs, '(%x+):%d+$')
end

-- Adds an epoch to the list if this is not the server that gave out the last number, or if the log ends before
-- what a node has seen of it (`seen_epoch`, `seen_number`): then a copy was put back. It begins after the head;
-- one that gave out no number is replaced; beyond a thousand the oldest two become one. The same rules as in
-- engine/epoch.rs. Versions go on from a random place, since they may have gone back as well.
local function begin_epoch(state, fresh_id, fresh_serial, seen_epoch, seen_number)
  local now = identity()
  local is_back = state.epochs and current_epoch(state.epochs) == seen_epoch and state.head < tonumber(seen_number)
  if state.epochs and state.identity == now and not is_back then
    return false
  end
  if not state.epochs then
    -- Even then numbers must not come twice: the log itself may still be there.
    state.head = last_number()
  end
  local list = {}
  for id, first in string.gmatch(state.epochs or '', '(%x+):(%d+)') do
    list[#list + 1] = { id = id, first = tonumber(first) }
  end
  if #list > 1 and list[#list].first == state.head + 1 then
    table.remove(list)
  end
  local id = fresh_id
  while string.find(state.epochs or '', id .. ':', 1, true) do
    id = string.sub(redis.sha1hex(id), 1, 8)
  end
  list[#list + 1] = { id = id, first = state.head + 1 }
  while #list > MOST_EPOCHS do
    list[2].first = list[1].first
    table.remove(list, 1)
  end
  local written = {}
  for place, epoch in ipairs(list) do
    written[place] = epoch.id .. ':' .. digits(epoch.first)
  end
  state.epochs = table.concat(written, ' ')
  state.identity = now
  state.serial = tonumber(fresh_serial)
  return true
end

-- A document is stored as `version number expires json`, with - for what it does not have.
-- Whether one that was read is there and has not expired.
local function is_there(stored, now)
  if not stored then
    return false
  end
  local expires = string.match(stored, '^%d+ %S+ (%S+) ')
  return expires == '-' or tonumber(expires) > now
end

-- The one under a key, if there is one and it has not expired.
local function find(key, now)
  local stored = redis.call('HGET', DOCUMENTS, key)
  return is_there(stored, now) and stored or nil
end

-- Those under some keys, in the same order; false where there is none or it has expired.
local function find_all(keys, now)
  local found = {}
  for from = 1, #keys, 256 do
    local piece = redis.call('HMGET', DOCUMENTS, unpack(keys, from, math.min(from + 255, #keys)))
    for n, stored in ipairs(piece) do
      found[from + n - 1] = is_there(stored, now) and stored
    end
  end
  return found
end

local function remove_all(keys)
  for _, key in ipairs(keys) do
    redis.call('HDEL', DOCUMENTS, key)
    redis.call('ZREM', NAMES, key)
    redis.call('ZREM', EXPIRING, key)
  end
end
