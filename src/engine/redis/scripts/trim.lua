-- Forgets a piece of the oldest entries. ARGV: up to which number, how many at most. Answers how many went.
-- What is removed comes first: that is never refused for want of memory.

local upto, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local gone = redis.call('XRANGE', LOG, '-', digits(upto), 'COUNT', most)
if #gone == 0 then
  return 0
end
local last = string.match(gone[#gone][1], '^%d+')
local least = digits(tonumber(last) + 1)
redis.call('XTRIM', LOG, 'MINID', least)
local trimmed, counts = {}, {}
for _, entry in ipairs(gone) do
  local fields = entry[2]
  for n = 1, #fields, 2 do
    if fields[n] == 'audiences' then
      for _, audience in ipairs(cjson.decode(fields[n + 1])) do
        trimmed[audience] = string.match(entry[1], '^%d+')
        counts[audience] = (counts[audience] or 0) + 1
      end
    end
  end
end
for audience, number in pairs(trimmed) do
  -- They are the first of its list, since both are in the order of numbers.
  redis.call('LTRIM', heard(audience), counts[audience], -1)
  redis.call('HSET', TRIMMED, audience, number)
end
redis.call('HSET', KEYS[1], 'trimmed', last)
return #gone
