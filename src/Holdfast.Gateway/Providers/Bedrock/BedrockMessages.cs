using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Bedrock;

/// <summary>
/// Writes OpenAI's messages as Converse's <c>system</c> and <c>messages</c>. Blocks of neighbours with the same role
/// become one message, since roles have to take turns and all results of one turn's tool calls belong together; a
/// message opens with its first block, so one that has nothing to say doesn't appear.
/// </summary>
internal ref struct BedrockMessages
{
    private readonly JsonOutput _output;
    private readonly BedrockContent _content;
    private ChatRole _open;

    private BedrockMessages(JsonOutput output, in BedrockModel model)
    {
        _output = output;
        _content = new BedrockContent(output, model);
    }

    public static void Write(JsonOutput output, JsonView messages, in BedrockModel model)
    {
        var writer = new BedrockMessages(output, model);
        writer.WriteSystem(messages);
        writer.WriteAll(messages);
    }

    private readonly void WriteSystem(JsonView messages)
    {
        var begun = false;
        var items = new ChatMessages(messages);
        while (items.Next())
        {
            if (items.Message.Role != ChatRole.System)
            {
                continue;
            }

            if (items.Message.Content.IsString)
            {
                if (!items.Message.Content.Text.IsEmpty)
                {
                    BeginSystem(ref begun);
                    _content.WriteText(items.Message.Content);
                }

                continue;
            }

            var parts = items.Message.Parts();
            while (parts.Next())
            {
                if (parts.Part.Kind != ChatPartKind.Text)
                {
                    throw parts.Part.Unsupported("type", "only text can stand here");
                }

                if (!parts.Part.IsEmptyText)
                {
                    BeginSystem(ref begun);
                    _content.Write(parts.Part);
                }
            }
        }

        if (begun)
        {
            _output.EndArray();
        }
    }

    private readonly void BeginSystem(ref bool begun)
    {
        if (!begun)
        {
            _output.BeginArray("system"u8);
            begun = true;
        }
    }

    private void WriteAll(JsonView messages)
    {
        _output.BeginArray("messages"u8);
        var items = new ChatMessages(messages);
        while (items.Next())
        {
            switch (items.Message.Role)
            {
                case ChatRole.User: WriteContent(ChatRole.User, items.Message); break;
                case ChatRole.Assistant: WriteAssistant(items.Message); break;
                case ChatRole.Tool: WriteToolResult(items.Message); break;
            }
        }

        Close();
        _output.EndArray();
    }

    private void WriteAssistant(in ChatMessage message)
    {
        if (!message.Content.IsMissing)
        {
            WriteContent(ChatRole.Assistant, message);
        }

        if (!message.Refusal.Text.IsEmpty)
        {
            Open(ChatRole.Assistant);
            _content.WriteText(message.Refusal);
        }

        var calls = message.Calls();
        while (calls.Next())
        {
            Open(ChatRole.Assistant);
            _output.BeginObject();
            _output.BeginObject("toolUse"u8);
            ToolCallIds.Write(_output, "toolUseId"u8, calls.Call.Id);
            _output.Value("name"u8, calls.Call.Name);
            _output.Name("input"u8);
            calls.Call.WriteArguments(_output);
            _output.EndObject();
            _output.EndObject();
        }
    }

    private void WriteContent(ChatRole speaker, in ChatMessage message)
    {
        if (message.Content.IsString)
        {
            if (!message.Content.Text.IsEmpty)
            {
                Open(speaker);
                _content.WriteText(message.Content);
            }

            return;
        }

        var parts = message.Parts();
        while (parts.Next())
        {
            if (!parts.Part.IsEmptyText)
            {
                Open(speaker);
                _content.Write(parts.Part);
            }
        }
    }

    private void WriteToolResult(in ChatMessage message)
    {
        if (message.ToolCallId.Text.IsEmpty)
        {
            throw message.Invalid("tool_call_id", "it must be a string that is not empty");
        }

        Open(ChatRole.User);
        _output.BeginObject();
        _output.BeginObject("toolResult"u8);
        ToolCallIds.Write(_output, "toolUseId"u8, message.ToolCallId);
        _output.BeginArray("content"u8);
        var cache = default(JsonView);
        if (!message.Content.IsString)
        {
            var parts = message.Parts();
            while (parts.Next())
            {
                if (!parts.Part.IsEmptyText)
                {
                    _content.WriteBlock(parts.Part);
                    cache = parts.Part.CacheControl.IsObject ? parts.Part.CacheControl : cache;
                }
            }
        }
        else if (!message.Content.Text.IsEmpty)
        {
            _content.WriteText(message.Content);
        }

        _output.EndArray();
        _output.EndObject();
        _output.EndObject();
        // Inside of a result there can be none; behind it, it covers the same.
        _content.WriteCachePoint(cache);
    }

    private void Open(ChatRole speaker)
    {
        if (_open == speaker)
        {
            return;
        }

        Close();
        _open = speaker;
        _output.BeginObject();
        _output.Word("role"u8, speaker == ChatRole.User ? "user"u8 : "assistant"u8);
        _output.BeginArray("content"u8);
    }

    private readonly void Close()
    {
        if (_open != ChatRole.Other)
        {
            _output.EndArray();
            _output.EndObject();
        }
    }
}
