-- Sends GET /orders/:id?expand=items with the tokens of a file, one a line, in turn. Prints one line of JSON at the end.
local prepared, position = {}, 0

function init(args)
  local idsPerToken = 8
  local tokens = {}
  for token in io.lines(args[1]) do tokens[#tokens + 1] = token end
  for id = 1, idsPerToken do
    for _, token in ipairs(tokens) do
      local headers = { ["Authorization"] = "Bearer " .. token, ["Accept"] = "application/json", ["User-Agent"] = "sallyport-bench" }
      prepared[#prepared + 1] = wrk.format("GET", "/orders/" .. (1000 + id) .. "?expand=items", headers)
    end
  end
end

function request()
  position = position % #prepared + 1
  return prepared[position]
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"durationUs":%d,"p50Us":%d,"p99Us":%d,"statusErrors":%d,"socketErrors":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
