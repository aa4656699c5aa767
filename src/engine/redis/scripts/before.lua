-- The last number whose entry was written before a time, found by halving: times are in order.
-- ARGV: the time.

local at = tonumber(ARGV[1])
local state = read_state()
local before, last = state.trimmed, state.head
while before < last do
  local middle = before + math.floor((last - before) / 2)
  local entry = redis.call('XRANGE', LOG, '(' .. digits(middle), '+', 'COUNT', 1)[1]
  local written
  if entry then
    for n = 1, #entry[2], 2 do
      if entry[2][n] == 'at' then
        written = tonumber(entry[2][n + 1])
      end
    end
  end
  if written and written < at then
    before = tonumber(string.match(entry[1], '^%d+'))
  else
    last = middle
  end
end
return digits(before)
