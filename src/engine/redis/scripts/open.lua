-- Looks who the server is, and begins an epoch if it is another than before.
-- ARGV: an id and a serial for a new epoch, and the last id that the node has seen. Answers whether the store was made just now.

if is_moving() then
  return unfinished()
end
local state = read_state()
local is_new = not state.epochs
if begin_epoch(state, ARGV[1], ARGV[2], ARGV[3], ARGV[4]) then
  redis.call('HSET', KEYS[1], 'epochs', state.epochs, 'identity', state.identity,
    'head', digits(state.head), 'serial', digits(state.serial), 'trimmed', digits(state.trimmed))
end
return is_new and 1 or 0
