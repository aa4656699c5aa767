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
  -- Every audience's numbers, a few at a time, merged by always taking the smallest.
  local lists = {}
  local step = math.ceil(2 * wanted / math.max(1, #ARGV - 4)) + 1
  -- Where the first number after `after` is: most readers are nearly caught up, so back from the end in
  -- ever longer strides, and then by halving.
  local function first_place(key)
    local length = redis.call('LLEN', key)
    local function is_after(index)
      return tonumber(redis.call('LINDEX', key, index)) > after
    end
    local stride, from, upto = 1, 0, length
    while stride <= length do
      if not is_after(length - stride) then
        from = length - stride + 1
        break
      end
      upto = length - stride
      stride = 2 * stride
    end
    while from < upto do
      local middle = math.floor((from + upto) / 2)
      if is_after(middle) then
        upto = middle
      else
        from = middle + 1
      end
    end
    return from
  end
  local function fill(list)
    list.numbers = redis.call('LRANGE', list.key, list.from, list.from + step - 1)
    list.from = list.from + #list.numbers
    list.place = 1
    list.next = tonumber(list.numbers[1])
  end
  local function advance(list)
    list.place = list.place + 1
    if list.place > #list.numbers and #list.numbers == step then
      fill(list)
    else
      list.next = tonumber(list.numbers[list.place])
    end
  end
  for n = 5, #ARGV do
    local list = { key = heard(ARGV[n]) }
    list.from = first_place(list.key)
    fill(list)
    if list.next then
      lists[#lists + 1] = list
    end
  end
  while #entries < wanted do
    local smallest
    for _, list in ipairs(lists) do
      if list.next and (not smallest or list.next < smallest) then
        smallest = list.next
      end
    end
    if not smallest then
      break
    end
    local id = digits(smallest) .. '-0'
    local entry = redis.call('XRANGE', LOG, id, id)[1]
    if entry then
      entries[#entries + 1] = entry
    end
    for _, list in ipairs(lists) do
      if list.next == smallest then
        advance(list)
      end
    end
  end
end

local upto = state.head
if #entries > limit then
  entries[wanted] = nil
  upto = #entries > 0 and tonumber(string.match(entries[#entries][1], '^%d+')) or after
end
local page = { 'entries', digits(upto), current_epoch(state.epochs) }
for _, entry in ipairs(entries) do
  local fields = entry[2]
  page[#page + 1] = entry
  for n = 1, #fields, 2 do
    if fields[n] == 'document' then
      page[#page + 1] = find(fields[n + 1], now) or ''
    end
  end
end
return page
