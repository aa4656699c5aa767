-- Documents in a range of keys. ARGV: start (included), end (not included), limit, forward or backward, now.
-- Answers key and stored document in turn.

local first, past, limit, now = '[' .. ARGV[1], '(' .. ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[5])
local found = {}
while #found < 2 * limit do
  local wanted = limit - #found / 2
  local names
  if ARGV[4] == 'forward' then
    names = redis.call('ZRANGEBYLEX', NAMES, first, past, 'LIMIT', 0, wanted)
  else
    names = redis.call('ZREVRANGEBYLEX', NAMES, past, first, 'LIMIT', 0, wanted)
  end
  local stored = find_all(names, now)
  for n, key in ipairs(names) do
    if stored[n] then
      found[#found + 1] = key
      found[#found + 1] = stored[n]
    end
  end
  if #names < wanted then
    break
  end
  -- Some had expired: go on behind the last.
  if ARGV[4] == 'forward' then
    first = '(' .. names[#names]
  else
    past = '(' .. names[#names]
  end
end
return found
