using System.Text.Json;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>
/// Writes OpenAI's messages as Anthropic's <c>system</c> and <c>messages</c>. Blocks of neighbours with the same
/// role become one message, since Anthropic wants roles to take turns and all results of one turn's tool calls
/// together; a message opens with its first block, so one that has nothing to say doesn't appear.
/// </summary>
internal sealed class AnthropicMessages(Utf8JsonWriter writer)
{
    private enum Speaker
    {
        None,
        User,
        Assistant,
    }

    private Speaker _open;

    public void Write(JsonView messages)
    {
        if (!messages.IsArray)
        {
            throw AnthropicFields.Unsupported("messages", "it must be an array");
        }

        WriteSystem(messages);

        writer.WriteStartArray("messages"u8);
        var items = messages.Items();
        for (var i = 0; items.Next(); i++)
        {
            var message = ChatMessage.Read(items.Value, i);
            if (message.Role.Says("user"u8))
            {
                RequireContent(message, i);
                WriteContent(Speaker.User, message.Content, i);
            }
            else if (message.Role.Says("assistant"u8))
            {
                WriteAssistant(message, i);
            }
            else if (message.Role.Says("tool"u8))
            {
                WriteToolResult(message, i);
            }
            else if (!message.IsSystem)
            {
                throw AnthropicFields.Unsupported($"messages[{i}].role", "it cannot be carried to Anthropic");
            }
        }

        Close();
        writer.WriteEndArray();
    }

    private void WriteSystem(JsonView messages)
    {
        var begun = false;
        var items = messages.Items();
        for (var i = 0; items.Next(); i++)
        {
            var message = ChatMessage.Read(items.Value, i);
            if (!message.IsSystem)
            {
                continue;
            }

            RequireContent(message, i);
            if (message.Content.IsString)
            {
                if (!message.Content.Text.IsEmpty)
                {
                    BeginSystem(ref begun);
                    ContentPart.WriteText(writer, message.Content);
                }

                continue;
            }

            var parts = message.Content.Items();
            for (var j = 0; parts.Next(); j++)
            {
                var part = ContentPart.Read(parts.Value, new PartPlace(i, j));
                if (!part.IsEmptyText)
                {
                    BeginSystem(ref begun);
                    part.WriteTextOnly(writer);
                }
            }
        }

        if (begun)
        {
            writer.WriteEndArray();
        }
    }

    private void BeginSystem(ref bool begun)
    {
        if (!begun)
        {
            writer.WriteStartArray("system"u8);
            begun = true;
        }
    }

    private void WriteAssistant(in ChatMessage message, int i)
    {
        if (!message.FunctionCall.IsMissing)
        {
            throw AnthropicFields.Unsupported($"messages[{i}].function_call", "use tool_calls");
        }

        if (!message.Audio.IsMissing)
        {
            throw AnthropicFields.Unsupported($"messages[{i}].audio", "Anthropic takes no audio");
        }

        if (!message.Content.IsMissing)
        {
            RequireContent(message, i);
            WriteContent(Speaker.Assistant, message.Content, i);
        }

        if (!message.Refusal.IsMissing)
        {
            WriteRefusal(message.Refusal, i);
        }

        if (!message.ToolCalls.IsMissing)
        {
            WriteToolCalls(message.ToolCalls, i);
        }
    }

    private void WriteRefusal(JsonView refusal, int i)
    {
        if (!refusal.IsString)
        {
            throw AnthropicFields.Unsupported($"messages[{i}].refusal", "it must be a string");
        }

        if (!refusal.Text.IsEmpty)
        {
            Open(Speaker.Assistant);
            ContentPart.WriteText(writer, refusal);
        }
    }

    private void WriteContent(Speaker speaker, JsonView content, int i)
    {
        if (content.IsString)
        {
            if (!content.Text.IsEmpty)
            {
                Open(speaker);
                ContentPart.WriteText(writer, content);
            }

            return;
        }

        var parts = content.Items();
        for (var j = 0; parts.Next(); j++)
        {
            var part = ContentPart.Read(parts.Value, new PartPlace(i, j));
            if (!part.IsEmptyText)
            {
                Open(speaker);
                part.Write(writer);
            }
        }
    }

    private void WriteToolResult(in ChatMessage message, int i)
    {
        RequireContent(message, i);
        Open(Speaker.User);
        writer.WriteStartObject();
        writer.WriteString("type"u8, "tool_result"u8);
        WriteToolId("tool_use_id"u8, message.ToolCallId, $"messages[{i}].tool_call_id");
        if (message.Content.IsString)
        {
            AnthropicRequest.WriteRaw(writer, "content", message.Content);
        }
        else
        {
            writer.WriteStartArray("content"u8);
            var parts = message.Content.Items();
            for (var j = 0; parts.Next(); j++)
            {
                var part = ContentPart.Read(parts.Value, new PartPlace(i, j));
                if (!part.IsEmptyText)
                {
                    part.Write(writer);
                }
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private void WriteToolCalls(JsonView calls, int i)
    {
        if (!calls.IsArray)
        {
            throw AnthropicFields.Unsupported($"messages[{i}].tool_calls", "it must be an array");
        }

        var items = calls.Items();
        for (var j = 0; items.Next(); j++)
        {
            var place = $"messages[{i}].tool_calls[{j}]";
            var function = items.Value.IsObject ? AnthropicRequest.Member(items.Value, "function"u8) : default;
            if (!function.IsObject)
            {
                throw AnthropicFields.Unsupported($"{place}.function", "only function calls can be carried");
            }

            var name = AnthropicRequest.Member(function, "name"u8);
            if (!name.IsString)
            {
                throw AnthropicFields.Unsupported($"{place}.function.name", "it must be a string");
            }

            Open(Speaker.Assistant);
            writer.WriteStartObject();
            writer.WriteString("type"u8, "tool_use"u8);
            WriteToolId("id"u8, AnthropicRequest.Member(items.Value, "id"u8), $"{place}.id");
            AnthropicRequest.WriteRaw(writer, "name", name);
            WriteInput(AnthropicRequest.Member(function, "arguments"u8), $"{place}.function.arguments");
            writer.WriteEndObject();
        }
    }

    private void WriteInput(JsonView arguments, string field)
    {
        writer.WritePropertyName("input"u8);
        ReadOnlySpan<byte> text = default;
        if (!arguments.IsMissing && !arguments.TryUnescape(out text))
        {
            throw AnthropicFields.Unsupported(field, "it must be a string");
        }

        // Models call a function without parameters with nothing at all.
        if (text.IndexOfAnyExcept(" \t\r\n"u8) < 0)
        {
            text = "{}"u8;
        }

        if (!IsJsonObject(text))
        {
            throw AnthropicFields.Unsupported(field, "it must be a JSON object in a string");
        }

        writer.WriteRawValue(text, skipInputValidation: true);
    }

    private static bool IsJsonObject(ReadOnlySpan<byte> text)
    {
        try
        {
            var members = new JsonMembers(text);
            while (members.Next())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>
    /// Anthropic takes letters, digits, <c>_</c> and <c>-</c> in ids; a conversation that began at another provider
    /// may have others. Call and result get the same replacement, so they still meet.
    /// </summary>
    private void WriteToolId(ReadOnlySpan<byte> name, JsonView id, string field)
    {
        if (!id.TryUnescape(out var text) || text.IsEmpty)
        {
            throw AnthropicFields.Unsupported(field, "it must be a string that is not empty");
        }

        var allowed = text.ToArray();
        foreach (ref var letter in allowed.AsSpan())
        {
            if (!char.IsAsciiLetterOrDigit((char)letter) && letter is not ((byte)'_' or (byte)'-'))
            {
                letter = (byte)'_';
            }
        }

        writer.WriteString(name, allowed);
    }

    private void Open(Speaker speaker)
    {
        if (_open == speaker)
        {
            return;
        }

        Close();
        _open = speaker;
        writer.WriteStartObject();
        writer.WriteString("role"u8, speaker == Speaker.User ? "user"u8 : "assistant"u8);
        writer.WriteStartArray("content"u8);
    }

    private void Close()
    {
        if (_open != Speaker.None)
        {
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
    }

    private static void RequireContent(in ChatMessage message, int i)
    {
        if (!message.Content.IsString && !message.Content.IsArray)
        {
            throw AnthropicFields.Unsupported($"messages[{i}].content", "it must be a string or an array of parts");
        }
    }

    private ref struct ChatMessage
    {
        public JsonView Role;
        public JsonView Content;
        public JsonView Refusal;
        public JsonView ToolCalls;
        public JsonView ToolCallId;
        public JsonView FunctionCall;
        public JsonView Audio;

        public readonly bool IsSystem => Role.Says("system"u8) || Role.Says("developer"u8);

        public static ChatMessage Read(JsonView json, int i)
        {
            if (!json.IsObject)
            {
                throw AnthropicFields.Unsupported($"messages[{i}]", "it must be an object");
            }

            var message = default(ChatMessage);
            var members = json.Members();
            while (members.Next())
            {
                var value = members.Value;
                switch (members.Name)
                {
                    case var name when name.SequenceEqual("role"u8): message.Role = value; break;
                    case var name when name.SequenceEqual("content"u8): message.Content = value; break;
                    case var name when name.SequenceEqual("refusal"u8): message.Refusal = value; break;
                    case var name when name.SequenceEqual("tool_calls"u8): message.ToolCalls = value; break;
                    case var name when name.SequenceEqual("tool_call_id"u8): message.ToolCallId = value; break;
                    case var name when name.SequenceEqual("function_call"u8): message.FunctionCall = value; break;
                    case var name when name.SequenceEqual("audio"u8): message.Audio = value; break;
                }
            }

            return message;
        }
    }
}
