using System.Text.Json;

namespace Holdfast.System.Tests.Faults;

/// <summary>What the caller has in the end, whichever client it uses.</summary>
internal sealed class FaultOutcome
{
    public int Status { get; set; }

    public IReadOnlyDictionary<string, string> Headers { get; set; } = new Dictionary<string, string>();

    public string Text { get; set; } = "";

    public string? Finish { get; set; }

    /// <summary>Finish reasons told. Only a socket counts them.</summary>
    public int Finishes { get; private set; }

    /// <summary>What the caller is told to have used, each time that it is told.</summary>
    public List<(long Input, long Output)> Usages { get; } = [];

    /// <summary>Events behind an error or behind the mark of the end.</summary>
    public int Late { get; private set; }

    /// <summary>Calls of tools by index: name and arguments.</summary>
    public SortedDictionary<int, (string Name, string Arguments)> Calls { get; } = [];

    /// <summary>Errors told: error events in a stream, an error's body, an exception of the client's.</summary>
    public int Errors { get; set; }

    public string? ErrorType { get; set; }

    public string? ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }

    /// <summary>The stream's own mark of its end came.</summary>
    public bool IsMarkedEnd { get; set; }

    /// <summary>The connection, or the body on it, ended in order. Only a socket can tell.</summary>
    public bool? EndedCleanly { get; set; }

    /// <summary>Of events that are numbered: the last one's number, and whether each was higher than the one before.
    /// </summary>
    public (long Last, bool IsRising) Numbers { get; private set; } = (-1, true);

    /// <summary>A whole body, where it wasn't understood.</summary>
    public string? Unreadable { get; set; }

    /// <summary>A header; empty without it.</summary>
    public string Header(string name) => Headers.GetValueOrDefault(name, "");

    /// <summary>Takes in an event's or a whole answer's document.</summary>
    public void Read(FaultFace face, JsonElement json)
    {
        if (json.TryGetProperty("sequence_number", out var number))
        {
            Numbers = (number.GetInt64(), Numbers.IsRising && number.GetInt64() > Numbers.Last);
        }

        Late += Errors > 0 || IsMarkedEnd ? 1 : 0;
        if (json.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object)
        {
            Errors++;
            ErrorType = Word(error, "type");
            ErrorCode = Word(error, "code");
            ErrorMessage = Word(error, "message");
        }
        else if (face.IsResponses)
        {
            ReadResponse(json);
        }
        else if (face.IsAnthropic)
        {
            ReadMessage(json);
        }
        else
        {
            ReadChoices(json);
        }
    }

    /// <summary>Takes in the mark of the end.</summary>
    public void ReadEnd()
    {
        Late += Errors > 0 || IsMarkedEnd ? 1 : 0;
        IsMarkedEnd = true;
    }

    private void ReadResponse(JsonElement json)
    {
        var index = json.TryGetProperty("output_index", out var place) ? place.GetInt32() : 0;
        switch (Word(json, "type"))
        {
            case "response.output_text.delta":
                Text += Word(json, "delta");
                break;
            case "response.output_item.added" when Word(json.GetProperty("item"), "type") == "function_call":
                Add(index, Word(json.GetProperty("item"), "name"), null);
                break;
            case "response.function_call_arguments.delta":
                Add(index, null, Word(json, "delta"));
                break;
            case "response.completed" or "response.incomplete":
                IsMarkedEnd = true;
                var response = json.GetProperty("response");
                Ends(FinishOf(response));
                ReadUsage(response, "input_tokens", "output_tokens");
                break;
            case null:
                // A whole one, without a stream.
                Ends(FinishOf(json));
                ReadUsage(json, "input_tokens", "output_tokens");
                Text += string.Concat(Items(json, "output").SelectMany(item => Items(item, "content"))
                    .Select(part => Word(part, "text")));
                break;
        }
    }

    private static string? FinishOf(JsonElement response) =>
        response.TryGetProperty("incomplete_details", out var why) && why.ValueKind == JsonValueKind.Object
            ? Word(why, "reason") : Word(response, "status");

    private void ReadChoices(JsonElement json)
    {
        ReadUsage(json, "prompt_tokens", "completion_tokens");
        foreach (var choice in Items(json, "choices"))
        {
            var said = choice.TryGetProperty("delta", out var delta) ? delta : choice.GetProperty("message");
            Text += Word(said, "content") ?? "";
            Ends(Word(choice, "finish_reason"));
            foreach (var (number, call) in Items(said, "tool_calls").Index())
            {
                var index = call.TryGetProperty("index", out var given) ? given.GetInt32() : number;
                var function = call.GetProperty("function");
                Add(index, Word(function, "name"), Word(function, "arguments"));
            }
        }
    }

    private void ReadMessage(JsonElement json)
    {
        ReadUsage(json, "input_tokens", "output_tokens");
        Ends(Word(json, "stop_reason"));
        foreach (var (index, block) in Items(json, "content").Index())
        {
            Text += Word(block, "text") ?? "";
            if (Word(block, "type") == "tool_use")
            {
                Add(index, Word(block, "name"), block.GetProperty("input").GetRawText());
            }
        }

        IsMarkedEnd |= Word(json, "type") == "message_stop";
        if (json.TryGetProperty("content_block", out var begun) && Word(begun, "type") == "tool_use")
        {
            Add(json.GetProperty("index").GetInt32(), Word(begun, "name"), null);
        }

        if (json.TryGetProperty("delta", out var delta))
        {
            Text += Word(delta, "text") ?? "";
            Ends(Word(delta, "stop_reason"));
            if (Word(delta, "partial_json") is { } piece)
            {
                Add(json.GetProperty("index").GetInt32(), null, piece);
            }
        }
    }

    private void Ends(string? reason)
    {
        Finish = reason ?? Finish;
        Finishes += reason is null ? 0 : 1;
    }

    /// <summary>In an Anthropic stream's end only the output need be told; the input stands at its beginning.</summary>
    private void ReadUsage(JsonElement json, string input, string output)
    {
        if (json.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object)
        {
            Usages.Add((usage.TryGetProperty(input, out var used) ? used.GetInt64() : 0,
                usage.GetProperty(output).GetInt64()));
        }
    }

    private void Add(int index, string? name, string? arguments)
    {
        var (before, soFar) = Calls.GetValueOrDefault(index, ("", ""));
        Calls[index] = (before + name, soFar + arguments);
    }

    private static string? Word(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static IEnumerable<JsonElement> Items(JsonElement json, string name) =>
        json.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array
            ? items.EnumerateArray() : [];
}
