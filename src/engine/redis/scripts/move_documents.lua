-- A page of documents for a move, by the bytes of their keys, expired ones too.
-- ARGV: after which key, how many at most, and how many bytes are enough. Answers key and stored document in turn.

local found, bytes = {}, 0
for _, key in ipairs(redis.call('ZRANGEBYLEX', NAMES, '(' .. ARGV[1], '+', 'LIMIT', 0, ARGV[2])) do
  local stored = redis.call('HGET', DOCUMENTS, key) or ''
  found[#found + 1] = key
  found[#found + 1] = stored
  bytes = bytes + #key + #stored
  if bytes >= tonumber(ARGV[3]) then
    break
  end
end
return found
