using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Cohere;

/// <summary>Writes OpenAI's messages as Cohere's, which are like them but for a few members.</summary>
internal static class CohereMessages
{
    public static void Write(JsonOutput output, JsonView messages)
    {
        output.BeginArray("messages"u8);
        var items = new ChatMessages(messages);
        while (items.Next())
        {
            output.BeginObject();
            switch (items.Message.Role)
            {
                case ChatRole.System: WriteSaid(output, "system"u8, items.Message); break;
                case ChatRole.User: WriteSaid(output, "user"u8, items.Message); break;
                case ChatRole.Assistant: WriteAssistant(output, items.Message); break;
                case ChatRole.Tool: WriteToolResult(output, items.Message); break;
            }

            output.EndObject();
        }

        output.EndArray();
    }

    private static void WriteSaid(JsonOutput output, ReadOnlySpan<byte> role, in ChatMessage message)
    {
        output.Word("role"u8, role);
        WriteContent(output, message, takesImages: message.Role == ChatRole.User);
    }

    private static void WriteAssistant(JsonOutput output, in ChatMessage message)
    {
        output.Word("role"u8, "assistant"u8);
        if (message.HasRefusal && message.SaysNothing)
        {
            output.Value("content"u8, message.Refusal);
        }
        else if (!message.Content.IsMissing)
        {
            WriteContent(output, message, takesImages: false);
        }

        var begun = false;
        var calls = message.Calls();
        while (calls.Next())
        {
            if (!begun)
            {
                output.BeginArray("tool_calls"u8);
                begun = true;
            }

            WriteCall(output, calls.Call);
        }

        if (begun)
        {
            output.EndArray();
        }
    }

    private static void WriteCall(JsonOutput output, in ChatToolCall call)
    {
        using var arguments = new PooledBuffer(256);
        call.WriteArguments(new JsonOutput(arguments));
        output.BeginObject();
        output.Value("id"u8, call.Id);
        output.Word("type"u8, "function"u8);
        output.BeginObject("function"u8);
        output.Value("name"u8, call.Name);
        output.Text("arguments"u8, arguments.WrittenSpan);
        output.EndObject();
        output.EndObject();
    }

    private static void WriteToolResult(JsonOutput output, in ChatMessage message)
    {
        output.Word("role"u8, "tool"u8);
        output.Value("tool_call_id"u8, message.CalledId());
        WriteContent(output, message, takesImages: false);
    }

    private static void WriteContent(JsonOutput output, in ChatMessage message, bool takesImages)
    {
        if (message.Content.IsString && !message.HasRefusal)
        {
            output.Value("content"u8, message.Content);
            return;
        }

        output.BeginArray("content"u8);
        var parts = message.Parts();
        while (parts.Next())
        {
            output.BeginObject();
            if (parts.Part.Kind == ChatPartKind.Text)
            {
                WriteText(output, parts.Part.Words);
            }
            else if (parts.Part.Kind == ChatPartKind.Image && takesImages)
            {
                WriteImage(output, parts.Part);
            }
            else
            {
                throw parts.Part.Unsupported(
                    "type", takesImages ? "Cohere takes text and image_url" : "only text can stand here");
            }

            output.EndObject();
        }

        if (message.HasRefusal)
        {
            output.BeginObject();
            WriteText(output, message.Refusal);
            output.EndObject();
        }

        output.EndArray();
    }

    private static void WriteText(JsonOutput output, JsonView text)
    {
        output.Word("type"u8, "text"u8);
        output.Value("text"u8, text);
    }

    private static void WriteImage(JsonOutput output, in ChatPart part)
    {
        var image = part.Image();
        output.Word("type"u8, "image_url"u8);
        output.BeginObject("image_url"u8);
        output.Name("url"u8);
        output.BeginString();
        if (image.IsLink)
        {
            output.Escaped(image.Link);
        }
        else
        {
            output.Piece("data:"u8);
            output.Escaped(image.Type);
            output.Piece(";base64,"u8);
            output.Escaped(image.Data);
        }

        output.EndString();
        if (part.Detail.IsString)
        {
            output.Value("detail"u8, part.Detail);
        }

        output.EndObject();
    }
}
