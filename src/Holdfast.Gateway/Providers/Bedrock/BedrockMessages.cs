using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Bedrock;

/// <summary>
/// Writes OpenAI's messages as Converse's <c>system</c> and <c>messages</c>, in turns.
/// </summary>
internal ref struct BedrockMessages
{
    private readonly JsonOutput _output;
    private readonly BedrockContent _content;
    private ChatTurns _turns;

    private BedrockMessages(JsonOutput output, in BedrockModel model)
    {
        _output = output;
        _content = new BedrockContent(output, model);
        _turns = new ChatTurns(output, "assistant"u8, "content"u8);
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
        var texts = new ChatSystemTexts(messages);
        while (texts.Next())
        {
            if (!begun)
            {
                _output.BeginArray("system"u8);
                begun = true;
            }

            _content.Write(texts.Part);
        }

        if (begun)
        {
            _output.EndArray();
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
            _content.WriteText(message.Refusal);
        }

        var calls = message.Calls();
        while (calls.Next())
        {
            _turns.Open(ChatRole.Assistant);
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
        var parts = message.Parts();
        while (parts.Next())
        {
            if (!parts.Part.IsEmptyText)
            {
                _turns.Open(speaker);
                _content.Write(parts.Part);
            }
        }
    }

    private void WriteToolResult(in ChatMessage message)
    {
        var id = message.CalledId();
        _turns.Open(ChatRole.User);
        _output.BeginObject();
        _output.BeginObject("toolResult"u8);
        ToolCallIds.Write(_output, "toolUseId"u8, id);
        _output.BeginArray("content"u8);
        var cache = default(JsonView);
        var parts = message.Parts();
        while (parts.Next())
        {
            if (!parts.Part.IsEmptyText)
            {
                _content.WriteBlock(parts.Part);
                cache = parts.Part.CacheControl.IsObject ? parts.Part.CacheControl : cache;
            }
        }

        _output.EndArray();
        _output.EndObject();
        _output.EndObject();
        // Inside of a result there can be none; behind it, it covers the same.
        _content.WriteCachePoint(cache);
    }
}
