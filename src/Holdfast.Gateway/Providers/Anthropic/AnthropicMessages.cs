using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>
/// Writes OpenAI's messages as Anthropic's <c>system</c> and <c>messages</c>, in turns.
/// </summary>
internal ref struct AnthropicMessages
{
    private readonly JsonOutput _output;
    private ChatTurns _turns;

    private AnthropicMessages(JsonOutput output)
    {
        _output = output;
        _turns = new ChatTurns(output, "assistant"u8, "content"u8);
    }

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

        _turns.Close();
        _output.EndArray();
    }

    private void WriteAssistant(in ChatMessage message)
    {
        WriteContent(ChatRole.Assistant, message);
        if (!message.Refusal.Text.IsEmpty)
        {
            _turns.Open(ChatRole.Assistant);
            AnthropicContent.WriteText(_output, message.Refusal);
        }

        var calls = message.Calls();
        while (calls.Next())
        {
            _turns.Open(ChatRole.Assistant);
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
                _turns.Open(speaker);
                AnthropicContent.Write(_output, parts.Part);
            }
        }
    }

    private void WriteToolResult(in ChatMessage message)
    {
        var id = message.CalledId();
        _turns.Open(ChatRole.User);
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
}
