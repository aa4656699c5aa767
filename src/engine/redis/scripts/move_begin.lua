-- Marks an empty store as one that is being moved into. Its state goes: no node can begin without one.
-- Answers `begun`, `not empty`, or `unfinished` if an earlier move came to no end.

if is_moving() then
  return 'unfinished'
end
if read_state().head > 0 or redis.call('EXISTS', LOG, DOCUMENTS, TRIMMED) > 0 then
  return 'not empty'
end
redis.call('DEL', KEYS[1], NAMES, EXPIRING, TOKENS, OLD_TOKENS)
redis.call('SET', MOVING, 'a move into this store was not finished')
return 'begun'
