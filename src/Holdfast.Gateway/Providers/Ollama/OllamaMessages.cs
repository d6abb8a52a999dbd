using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Ollama;

/// <summary>
/// Writes OpenAI's messages as Ollama's: a message's content is one text there, its images stand beside it, and a
/// tool's result is known by its function's name.
/// </summary>
internal readonly ref struct OllamaMessages(JsonOutput output)
{
    private readonly CallNames _names = new();

    public void Write(JsonView messages)
    {
        output.BeginArray("messages"u8);
        var items = new ChatMessages(messages);
        while (items.Next())
        {
            output.BeginObject();
            switch (items.Message.Role)
            {
                case ChatRole.System: WriteSaid("system"u8, items.Message); break;
                case ChatRole.User: WriteSaid("user"u8, items.Message); break;
                case ChatRole.Assistant: WriteAssistant(items.Message); break;
                case ChatRole.Tool: WriteToolResult(items.Message); break;
            }

            output.EndObject();
        }

        output.EndArray();
    }

    private void WriteSaid(ReadOnlySpan<byte> role, in ChatMessage message)
    {
        output.Word("role"u8, role);
        WriteText(message, takesImages: message.Role == ChatRole.User);
        if (message.Role == ChatRole.User)
        {
            WriteImages(message);
        }
    }

    private void WriteAssistant(in ChatMessage message)
    {
        output.Word("role"u8, "assistant"u8);
        WriteText(message, takesImages: false);
        var begun = false;
        var calls = message.Calls();
        while (calls.Next())
        {
            if (!begun)
            {
                output.BeginArray("tool_calls"u8);
                begun = true;
            }

            WriteCall(calls.Call);
        }

        if (begun)
        {
            output.EndArray();
        }
    }

    private void WriteCall(in ChatToolCall call)
    {
        _names.Add(call);
        output.BeginObject();
        output.Value("id"u8, call.Id);
        output.BeginObject("function"u8);
        output.Value("name"u8, call.Name);
        output.Name("arguments"u8);
        call.WriteArguments(output);
        output.EndObject();
        output.EndObject();
    }

    private void WriteToolResult(in ChatMessage message)
    {
        var name = _names.NameFor(message);
        output.Word("role"u8, "tool"u8);
        output.Name("tool_name"u8);
        output.Raw(name);
        output.Value("tool_call_id"u8, message.ToolCallId);
        WriteText(message, takesImages: false);
    }

    /// <summary>
    /// Several parts, and a refusal of before, are lines of one text; a message that says nothing has an empty one.
    /// </summary>
    private void WriteText(in ChatMessage message, bool takesImages)
    {
        output.Name("content"u8);
        output.BeginString();
        var begun = false;
        var parts = message.Parts();
        while (parts.Next())
        {
            if (parts.Part.Kind == ChatPartKind.Text)
            {
                output.Piece(begun ? "\\n"u8 : default);
                output.Piece(parts.Part.Words.Text);
                begun = true;
            }
            else if (parts.Part.Kind != ChatPartKind.Image || !takesImages)
            {
                throw parts.Part.Unsupported(
                    "type", takesImages ? "Ollama takes text and image_url" : "only text can stand here");
            }
        }

        if (message.HasRefusal)
        {
            output.Piece(message.SaysNothing ? default : "\\n"u8);
            output.Piece(message.Refusal.Text);
        }

        output.EndString();
    }

    private void WriteImages(in ChatMessage message)
    {
        var begun = false;
        var parts = message.Parts();
        while (parts.Next())
        {
            if (parts.Part.Kind != ChatPartKind.Image)
            {
                continue;
            }

            var image = parts.Part.Image();
            if (image.IsLink)
            {
                throw parts.Part.Unsupported(
                    "image_url.url", "Ollama takes the image itself, in a base64 data URL, and follows no links");
            }

            if (!begun)
            {
                output.BeginArray("images"u8);
                begun = true;
            }

            output.Text(image.Data);
        }

        if (begun)
        {
            output.EndArray();
        }
    }
}
