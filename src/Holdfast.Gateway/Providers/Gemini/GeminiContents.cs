using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Gemini;

/// <summary>
/// Writes OpenAI's messages as Gemini's <c>systemInstruction</c> and <c>contents</c>, in turns.
/// </summary>
internal ref struct GeminiContents
{
    private readonly JsonOutput _output;
    private readonly bool _wantsSignatures;
    private CallNames? _calls;
    private ChatTurns _turns;
    private bool _hasSignature;

    private GeminiContents(JsonOutput output, string model)
    {
        _output = output;
        _turns = new ChatTurns(output, "model"u8, "parts"u8);
        _wantsSignatures = GeminiModels.WantsSignatures(model);
    }

    // Google's word, in base64, for a call whose signature is lost because another provider made it.
    private static ReadOnlySpan<byte> NoSignature => "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="u8;

    public static void Write(JsonOutput output, JsonView messages, string model)
    {
        WriteSystem(output, messages);
        new GeminiContents(output, model).WriteAll(messages);
    }

    private static void WriteSystem(JsonOutput output, JsonView messages)
    {
        var begun = false;
        var texts = new ChatSystemTexts(messages);
        while (texts.Next())
        {
            if (!begun)
            {
                output.BeginObject("systemInstruction"u8);
                output.BeginArray("parts"u8);
                begun = true;
            }

            GeminiContent.Write(output, texts.Part);
        }

        if (begun)
        {
            output.EndArray();
            output.EndObject();
        }
    }

    private void WriteAll(JsonView messages)
    {
        _output.BeginArray("contents"u8);
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
            Open(ChatRole.Assistant);
            GeminiContent.WriteText(_output, message.Refusal);
        }

        var calls = message.Calls();
        while (calls.Next())
        {
            WriteCall(calls.Call);
        }
    }

    private void WriteCall(in ChatToolCall call)
    {
        _calls ??= new CallNames();
        _calls.Add(call);

        Open(ChatRole.Assistant);
        _output.BeginObject();
        _output.BeginObject("functionCall"u8);
        _output.Value("id"u8, call.Id);
        _output.Value("name"u8, call.Name);
        _output.Name("args"u8);
        call.WriteArguments(_output);
        _output.EndObject();

        // Calls at once share the first one's signature.
        var signature = call.ExtraContent.Member("google"u8).Member("thought_signature"u8);
        if (signature.IsString)
        {
            _output.Value("thoughtSignature"u8, signature);
            _hasSignature = true;
        }
        else if (_wantsSignatures && !_hasSignature)
        {
            _output.Word("thoughtSignature"u8, NoSignature);
            _hasSignature = true;
        }

        _output.EndObject();
    }

    private void WriteContent(ChatRole speaker, in ChatMessage message)
    {
        var parts = message.Parts();
        while (parts.Next())
        {
            if (!parts.Part.IsEmptyText)
            {
                Open(speaker);
                GeminiContent.Write(_output, parts.Part);
            }
        }
    }

    /// <summary>
    /// Gemini knows a result by its function's name, which OpenAI's format leaves with the call; and it wants an
    /// object, so the text stands in one as it is.
    /// </summary>
    private void WriteToolResult(in ChatMessage message)
    {
        _calls ??= new CallNames();
        var name = _calls.NameFor(message);
        Open(ChatRole.User);
        _output.BeginObject();
        _output.BeginObject("functionResponse"u8);
        _output.Value("id"u8, message.ToolCallId);
        _output.Name("name"u8);
        _output.Raw(name);
        _output.BeginObject("response"u8);
        _output.Name("output"u8);
        if (message.Content.IsString)
        {
            _output.Value(message.Content);
        }
        else
        {
            WriteTexts(message.Parts());
        }

        _output.EndObject();
        _output.EndObject();
        _output.EndObject();
    }

    private readonly void WriteTexts(ChatParts parts)
    {
        _output.BeginArray();
        while (parts.Next())
        {
            _output.Value(parts.Part.Kind == ChatPartKind.Text
                ? parts.Part.Words
                : throw parts.Part.Unsupported("type", "only text can be carried in a tool's result"));
        }

        _output.EndArray();
    }

    private void Open(ChatRole speaker) => _hasSignature = !_turns.Open(speaker) && _hasSignature;
}
