using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>
/// Writes OpenAI's messages as Anthropic's <c>system</c> and <c>messages</c>. Blocks of neighbours with the same
/// role become one message, since Anthropic wants roles to take turns and all results of one turn's tool calls
/// together; a message opens with its first block, so one that has nothing to say doesn't appear.
/// </summary>
internal ref struct AnthropicMessages
{
    private readonly JsonOutput _output;
    private ChatRole _open;

    private AnthropicMessages(JsonOutput output) => _output = output;

    public static void Write(JsonOutput output, JsonView messages)
    {
        WriteSystem(output, messages);
        new AnthropicMessages(output).WriteAll(messages);
    }

    private static void WriteSystem(JsonOutput output, JsonView messages)
    {
        var begun = false;
        var texts = new ChatSystemTexts(messages);
        while (texts.Next())
        {
            if (!begun)
            {
                output.BeginArray("system"u8);
                begun = true;
            }

            AnthropicContent.Write(output, texts.Part);
        }

        if (begun)
        {
            output.EndArray();
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
        WriteContent(ChatRole.Assistant, message);
        if (!message.Refusal.Text.IsEmpty)
        {
            Open(ChatRole.Assistant);
            AnthropicContent.WriteText(_output, message.Refusal);
        }

        var calls = message.Calls();
        while (calls.Next())
        {
            Open(ChatRole.Assistant);
            _output.BeginObject();
            _output.Word("type"u8, "tool_use"u8);
            ToolCallIds.Write(_output, "id"u8, calls.Call.Id);
            _output.Value("name"u8, calls.Call.Name);
            _output.Name("input"u8);
            calls.Call.WriteArguments(_output);
            _output.EndObject();
        }
    }

    private void WriteContent(ChatRole speaker, in ChatMessage message)
    {
        var parts = message.Parts();
        while (parts.Next())
        {
            if (!parts.Part.IsEmptyText)
            {
                Open(speaker);
                AnthropicContent.Write(_output, parts.Part);
            }
        }
    }

    private void WriteToolResult(in ChatMessage message)
    {
        var id = message.CalledId();
        Open(ChatRole.User);
        _output.BeginObject();
        _output.Word("type"u8, "tool_result"u8);
        ToolCallIds.Write(_output, "tool_use_id"u8, id);
        if (message.Content.IsString)
        {
            _output.Value("content"u8, message.Content);
        }
        else
        {
            _output.BeginArray("content"u8);
            var parts = message.Parts();
            while (parts.Next())
            {
                if (!parts.Part.IsEmptyText)
                {
                    AnthropicContent.Write(_output, parts.Part);
                }
            }

            _output.EndArray();
        }

        _output.EndObject();
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
