-- A page of the log. ARGV: after, limit, now, `everything` or `of`, and the audiences.
-- Answers {'expired', last trimmed number}, or {'entries', upto, epoch, the entries with their documents}.

local after, limit, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local state = read_state()
if not state.epochs then
  return redis.error_reply('ERR the log is gone')
end

local trimmed = state.trimmed
if ARGV[4] == 'of' then
  trimmed = 0
  for n = 5, #ARGV do
    trimmed = math.max(trimmed, tonumber(redis.call('HGET', TRIMMED, ARGV[n]) or '0'))
  end
end
if trimmed > after then
  return { 'expired', digits(trimmed) }
end

-- One more than was asked for tells whether something is left out.
local wanted = limit + 1
local entries = {}
if ARGV[4] == 'everything' then
  entries = redis.call('XRANGE', LOG, '(' .. digits(after), '+', 'COUNT', wanted)
else
  -- The numbers after `after` of every audience: a few of each at first, then more of those of which too
  -- few were read to know the first `wanted` of all.
  local step = math.ceil(2 * wanted / math.max(1, #ARGV - 4)) + 1
  local numbers, seen, lists = {}, {}, {}
  local function is_after(list, index)
    return tonumber(redis.call('LINDEX', list.key, index)) > after
  end
  -- Where the first number after `after` is: back from the end in ever longer strides, then by halving.
  local function first_place(list)
    local length = redis.call('LLEN', list.key)
    local stride, from, upto = step, 0, length
    while stride <= length do
      if not is_after(list, length - stride) then
        from = length - stride + 1
        break
      end
      upto = length - stride
      stride = 2 * stride
    end
    while from < upto do
      local middle = math.floor((from + upto) / 2)
      if is_after(list, middle) then
        upto = middle
      else
        from = middle + 1
      end
    end
    return from
  end
  local function take(list, found)
    for _, text in ipairs(found) do
      local number = tonumber(text)
      if number > after and not seen[number] then
        seen[number] = true
        numbers[#numbers + 1] = number
      end
    end
    list.last = tonumber(found[#found])
  end
  local function fill(list)
    local found = redis.call('LRANGE', list.key, list.from, list.from + step - 1)
    list.from = list.from + #found
    list.has_more = #found == step
    take(list, found)
  end
  for n = 5, #ARGV do
    local list = { key = heard(ARGV[n]) }
    -- Most readers are nearly caught up: then the end of the list is all they need.
    local tail = redis.call('LRANGE', list.key, -step, -1)
    if #tail < step or tonumber(tail[1]) <= after then
      take(list, tail)
    else
      list.from = first_place(list)
      fill(list)
      lists[#lists + 1] = list
    end
  end
  table.sort(numbers)
  local is_enough = false
  while not is_enough do
    is_enough = true
    step = 2 * step
    for _, list in ipairs(lists) do
      -- What comes after its last could be among the first of all.
      if list.has_more and (not numbers[wanted] or list.last < numbers[wanted]) then
        fill(list)
        is_enough = false
      end
    end
    table.sort(numbers)
  end
  -- Those that stand close together are read in one go, with what is between them.
  local count, from = math.min(wanted, #numbers), 1
  while from <= count do
    local upto = from
    while upto < count and numbers[upto + 1] - numbers[from] < 2 * (upto + 2 - from) do
      upto = upto + 1
    end
    local place = from
    for _, entry in ipairs(redis.call('XRANGE', LOG, digits(numbers[from]), digits(numbers[upto]))) do
      local number = tonumber(string.match(entry[1], '^%d+'))
      while place <= upto and numbers[place] < number do
        place = place + 1
      end
      if numbers[place] == number then
        entries[#entries + 1] = entry
      end
    end
    from = upto + 1
  end
end

local upto = state.head
if #entries > limit then
  entries[wanted] = nil
  upto = #entries > 0 and tonumber(string.match(entries[#entries][1], '^%d+')) or after
end
local page = { 'entries', digits(upto), current_epoch(state.epochs) }
local keys = {}
for place, entry in ipairs(entries) do
  local fields = entry[2]
  for n = 1, #fields, 2 do
    if fields[n] == 'document' then
      keys[place] = fields[n + 1]
    end
  end
  keys[place] = keys[place] or ''
end
local stored = find_all(keys, now)
for place, entry in ipairs(entries) do
  page[#page + 1] = entry
  page[#page + 1] = stored[place] or ''
end
return page
