using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Holdfast.Simulator.Answers;

/// <summary>
/// Reads messages of any dialect. Equal texts hash equally however their JSON is written: escapes are undone.
/// </summary>
internal struct ConversationReader()
{
    private ulong _hash = StableHash.Start;
    private long _bytes;
    private int _messages;
    private bool _toolResult;
    private BegunAnswer? _begun;

    public static Conversation Read(JsonElement messages, JsonElement? system = null)
    {
        var reader = new ConversationReader();
        JsonElement? lastUser = null;
        if (system is { } instructions)
        {
            reader.AddText("system"u8);
            reader.AddContent(instructions);
        }

        foreach (var message in messages.EnumerateArray())
        {
            if (message.ValueKind != JsonValueKind.Object)
            {
                continue;
            }

            var role = message.TryGetProperty("role", out var named) && named.ValueKind == JsonValueKind.String
                ? named : default;
            reader.NoteBegun(message, role);
            reader.AddMessage(message, role);
            if (role.ValueKind == JsonValueKind.String && role.ValueEquals("user"u8))
            {
                lastUser = message;
            }
        }

        var tokens = (int)Math.Min(int.MaxValue / 2, (reader._bytes / 4) + (4L * reader._messages) + 3);
        return new Conversation(reader._hash, tokens, TextOf(lastUser), reader._toolResult, reader._begun);
    }

    /// <summary>An answer counts while at most one word of the user's stands behind it.</summary>
    private void NoteBegun(JsonElement message, JsonElement role)
    {
        var said = role.ValueKind == JsonValueKind.String ? role.GetString() : "";
        _begun = said switch
        {
            "assistant" or "model" => new BegunAnswer(_hash, TextOf(message), null,
                message.TryGetProperty("prefix", out var mark) && mark.ValueKind == JsonValueKind.True),
            "user" when _begun is { LastWord: null } begun => begun with { LastWord = TextOf(message) },
            _ => null,
        };
    }

    private void AddMessage(JsonElement message, JsonElement role)
    {
        _messages++;
        _toolResult = role.ValueKind == JsonValueKind.String && role.ValueEquals("tool"u8);
        if (role.ValueKind == JsonValueKind.String)
        {
            AddString(role);
        }

        if (ContentOf(message) is { } content)
        {
            AddContent(content);
        }
    }

    private void AddContent(JsonElement content)
    {
        if (content.ValueKind == JsonValueKind.String)
        {
            AddString(content);
        }
        else if (content.ValueKind == JsonValueKind.Array)
        {
            foreach (var part in content.EnumerateArray().Where(part => part.ValueKind == JsonValueKind.Object))
            {
                AddPart(part);
            }
        }
    }

    private void AddPart(JsonElement part)
    {
        var type = part.TryGetProperty("type", out var named) && named.ValueKind == JsonValueKind.String
            ? named.GetString() : "";
        _toolResult |= type == "tool_result" || part.TryGetProperty("functionResponse", out _)
            || part.TryGetProperty("toolResult", out _);
        if (type is "text" or "" && part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String)
        {
            AddString(text);
        }
        else
        {
            AddText(JsonMarshal.GetRawUtf8Value(part));
        }
    }

    private void AddString(JsonElement value)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value)[1..^1];
        AddText(raw.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(value.GetString()!) : raw);
    }

    private void AddText(ReadOnlySpan<byte> utf8)
    {
        // The separator keeps ("ab", "c") apart from ("a", "bc").
        _hash = StableHash.Add(StableHash.Add(_hash, utf8), [0xFF]);
        _bytes += utf8.Length;
    }

    // Google calls it parts.
    private static JsonElement? ContentOf(JsonElement message) =>
        message.TryGetProperty("content", out var content) || message.TryGetProperty("parts", out content)
            ? content : null;

    private static string TextOf(JsonElement? message)
    {
        if (message is not { } user || ContentOf(user) is not { } content)
        {
            return "";
        }

        if (content.ValueKind == JsonValueKind.String)
        {
            return content.GetString()!;
        }

        return content.ValueKind != JsonValueKind.Array ? "" : string.Join('\n', content.EnumerateArray()
            .Where(part => part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out var text)
                && text.ValueKind == JsonValueKind.String)
            .Select(part => part.GetProperty("text").GetString()));
    }
}
