using System.Text.Json;
using Holdfast.Simulator.Answers;
using Holdfast.Simulator.OpenAi;
using Holdfast.Simulator.Providers;

namespace Holdfast.Simulator.Responses;

/// <summary>
/// Reads a request for a response as OpenAI's specification describes it; unknown fields are accepted.
/// </summary>
internal static class CreateRequest
{
    // The least that the specification allows.
    private const int LeastTokens = 16;

    public static (Question? Question, Problem? Problem) Read(JsonElement root)
    {
        var model = ChatRequest.Text(root, "model");
        if (string.IsNullOrEmpty(model))
        {
            return (null, Problem.Missing("model"));
        }

        if (!root.TryGetProperty("input", out var input))
        {
            return (null, Problem.Missing("input"));
        }

        if (ChatRequest.Text(root, "previous_response_id") is { } previous)
        {
            return (null, new Problem(400, "invalid_request_error", "previous_response_not_found",
                $"Previous response with id '{previous}' not found.") { Param = "previous_response_id" });
        }

        if (!ChatRequest.TryWhole(root, "max_output_tokens", LeastTokens, out var maxTokens))
        {
            return (null, Problem.Invalid("max_output_tokens", $"expected a whole number of {LeastTokens} or more"));
        }

        return Items(input) is { } problem ? (null, problem) : (Ask(root, model, maxTokens ?? int.MaxValue), null);
    }

    private static Question Ask(JsonElement root, string model, int maxTokens)
    {
        var (wish, wished) = Wish(root);
        var format = ChatRequest.Object(root, "text") is { } text ? ChatRequest.Object(text, "format") : null;
        var kind = format is { } given ? ChatRequest.Text(given, "type") : null;
        return new Question
        {
            Model = model,
            Stream = ChatRequest.Flag(root, "stream", false),
            MaxTokens = maxTokens,
            Conversation = ConversationReader.Read(
                Messages(root.GetProperty("input")), Given(root, "instructions")),
            Tools = [.. ChatRequest.Objects(root, "tools")
                .Where(tool => ChatRequest.Text(tool, "type") == "function"
                    && ChatRequest.Text(tool, "name") is { Length: > 0 })
                .Select(tool => new ToolOffer(
                    ChatRequest.Text(tool, "name")!, ChatRequest.Object(tool, "parameters")))],
            Wish = wish,
            WishedTool = wished,
            ParallelTools = ChatRequest.Flag(root, "parallel_tool_calls", true),
            WantsJson = kind is "json_object" or "json_schema",
            Schema = format is { } described ? ChatRequest.Object(described, "schema") : null,
        };
    }

    private static JsonElement? Given(JsonElement root, string key) =>
        root.TryGetProperty(key, out var found) && found.ValueKind != JsonValueKind.Null ? found : null;

    private static (ToolWish Wish, string? Name) Wish(JsonElement root) =>
        ChatRequest.Object(root, "tool_choice") is { } named ? (ToolWish.Required, ChatRequest.Text(named, "name"))
        : ChatRequest.Text(root, "tool_choice") switch
        {
            "none" => (ToolWish.None, null),
            "required" => (ToolWish.Required, null),
            _ => (ToolWish.Auto, null),
        };

    /// <summary>A text is one message of the user; a tool's output is what a chat calls a tool's message.</summary>
    private static JsonElement Messages(JsonElement input)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartArray();
            if (input.ValueKind == JsonValueKind.String)
            {
                Write(writer, "user", input);
            }
            else
            {
                foreach (var item in input.EnumerateArray())
                {
                    var isOutput = ChatRequest.Text(item, "type") == "function_call_output";
                    var said = item.TryGetProperty(isOutput ? "output" : "content", out var found) ? found : item;
                    Write(writer, isOutput ? "tool" : ChatRequest.Text(item, "role") ?? "assistant", said);
                }
            }

            writer.WriteEndArray();
        }

        return JsonElement.Parse(json.ToArray());
    }

    private static void Write(Utf8JsonWriter writer, string role, JsonElement content)
    {
        writer.WriteStartObject();
        writer.WriteString("role", role);
        writer.WritePropertyName("content");
        if (content.ValueKind == JsonValueKind.Array)
        {
            writer.WriteStartArray();
            foreach (var part in content.EnumerateArray())
            {
                WritePart(writer, part);
            }

            writer.WriteEndArray();
        }
        else
        {
            content.WriteTo(writer);
        }

        writer.WriteEndObject();
    }

    private static void WritePart(Utf8JsonWriter writer, JsonElement part)
    {
        if (part.ValueKind == JsonValueKind.Object
            && ChatRequest.Text(part, "type") is "input_text" or "output_text"
            && ChatRequest.Text(part, "text") is { } text)
        {
            writer.WriteStartObject();
            writer.WriteString("type", "text");
            writer.WriteString("text", text);
            writer.WriteEndObject();
        }
        else
        {
            part.WriteTo(writer);
        }
    }

    private static Problem? Items(JsonElement input)
    {
        if (input.ValueKind == JsonValueKind.String)
        {
            return null;
        }

        if (input.ValueKind != JsonValueKind.Array || input.GetArrayLength() == 0)
        {
            return Problem.Invalid("input", "expected a string or an array with at least one item");
        }

        foreach (var (item, i) in input.EnumerateArray().Select((item, i) => (item, i)))
        {
            if (item.ValueKind != JsonValueKind.Object)
            {
                return Problem.Invalid($"input[{i}]", "expected an object");
            }

            if (Item(item) is { } wrong)
            {
                return wrong with { Param = $"input[{i}].{wrong.Param}" };
            }
        }

        return null;
    }

    /// <summary>
    /// OpenAI looks at the beginnings of ids, and for thoughts that it doesn't know it looks in vain.
    /// </summary>
    private static Problem? Item(JsonElement item)
    {
        var id = ChatRequest.Text(item, "id");
        return ChatRequest.Text(item, "type") switch
        {
            null or "message" when ChatRequest.Text(item, "role") is not ("user" or "assistant" or "system"
                or "developer") => Problem.Invalid("role", "expected user, assistant, system or developer"),
            "message" when id is not null && !id.StartsWith("msg_", StringComparison.Ordinal) =>
                Problem.Invalid("id", "expected an id that begins with 'msg'"),
            "function_call" when id is not null && !id.StartsWith("fc_", StringComparison.Ordinal) =>
                Problem.Invalid("id", "expected an id that begins with 'fc'"),
            "function_call" or "function_call_output" when ChatRequest.Text(item, "call_id") is null =>
                Problem.Missing("call_id"),
            "reasoning" => new Problem(404, "invalid_request_error", null, $"Item with id '{id}' not found.")
            {
                Param = "id",
            },
            _ => null,
        };
    }
}
