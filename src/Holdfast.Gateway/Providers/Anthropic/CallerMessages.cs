using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>
/// Writes a caller's <c>system</c> and <c>messages</c> as OpenAI's messages. Results of tools become messages of their
/// own, before what else the user says, because OpenAI wants them right after the calls. Thoughts of earlier answers
/// stay behind: only the model that had them takes them back.
/// </summary>
internal static class CallerMessages
{
    public static void WriteSystem(JsonOutput output, JsonView system)
    {
        if (system.IsMissing || (system.IsString && system.Text.IsEmpty) || system is { IsArray: true, IsEmpty: true })
        {
            return;
        }

        Begin(output, "system"u8);
        if (system.IsString)
        {
            output.Value("content"u8, system);
        }
        else
        {
            output.BeginArray("content"u8);
            var items = system.IsArray
                ? system.Items()
                : throw Refusals.Unsupported("system", "it must be a string or an array of text blocks");
            for (var i = 0; items.Next(); i++)
            {
                var block = CallerBlock.Read(items.Value, $"system[{i}]");
                if (block.Kind != CallerBlockKind.Text)
                {
                    throw block.Unsupported("type", "only text can stand here");
                }

                block.WriteText(output);
            }

            output.EndArray();
        }

        output.EndObject();
    }

    public static void Write(JsonOutput output, JsonView messages, Refusals refusals)
    {
        if (!messages.IsArray)
        {
            throw Refusals.Unsupported("messages", "it must be an array");
        }

        var items = messages.Items();
        for (var i = 0; items.Next(); i++)
        {
            var role = items.Value.Member("role"u8);
            var content = items.Value.Member("content"u8);
            if (!content.IsString && !content.IsArray)
            {
                throw Refusals.Unsupported($"messages[{i}].content", "it must be a string or an array of blocks");
            }

            if (role.Says("user"u8))
            {
                WriteUser(output, content, i, refusals);
            }
            else if (role.Says("assistant"u8))
            {
                WriteAssistant(output, content, i);
            }
            else
            {
                throw Refusals.Unsupported($"messages[{i}].role", "it must be user or assistant");
            }
        }
    }

    private static void WriteUser(JsonOutput output, JsonView content, int message, Refusals refusals)
    {
        if (content.IsString)
        {
            WriteString(output, "user"u8, content);
            return;
        }

        var others = 0;
        var items = content.Items();
        for (var i = 0; items.Next(); i++)
        {
            var block = CallerBlock.Read(items.Value, $"messages[{message}].content[{i}]");
            if (block.Kind == CallerBlockKind.ToolResult)
            {
                WriteResult(output, block, refusals);
            }
            else
            {
                others++;
            }
        }

        if (others == 0)
        {
            return;
        }

        Begin(output, "user"u8);
        output.BeginArray("content"u8);
        items = content.Items();
        for (var i = 0; items.Next(); i++)
        {
            var block = CallerBlock.Read(items.Value, $"messages[{message}].content[{i}]");
            if (block.Kind != CallerBlockKind.ToolResult)
            {
                block.WritePart(output, refusals);
            }
        }

        output.EndArray();
        output.EndObject();
    }

    private static void WriteResult(JsonOutput output, in CallerBlock block, Refusals refusals)
    {
        Begin(output, "tool"u8);
        output.Value("tool_call_id"u8, block.ToolUseId);
        if (block.Content is { IsString: false, IsMissing: false } || block.IsError)
        {
            WriteResultParts(output, block, refusals);
        }
        else if (block.Content.IsMissing)
        {
            output.Word("content"u8, ""u8);
        }
        else
        {
            output.Value("content"u8, block.Content);
        }

        output.EndObject();
    }

    private static void WriteResultParts(JsonOutput output, in CallerBlock block, Refusals refusals)
    {
        output.BeginArray("content"u8);
        if (block.IsError)
        {
            // OpenAI has no flag for it; the model has to read it.
            WriteText(output, "\"The tool failed:\""u8);
        }

        if (block.Content.IsString)
        {
            WriteText(output, block.Content.Raw);
        }
        else if (block.Content.IsArray)
        {
            var items = block.Content.Items();
            for (var i = 0; items.Next(); i++)
            {
                CallerBlock.Read(items.Value, $"{block.Place}.content[{i}]").WritePart(output, refusals);
            }
        }
        else if (!block.Content.IsMissing)
        {
            throw block.Unsupported("content", "it must be a string or an array of blocks");
        }

        output.EndArray();
    }

    private static void WriteText(JsonOutput output, ReadOnlySpan<byte> text)
    {
        output.BeginObject();
        output.Word("type"u8, "text"u8);
        output.Name("text"u8);
        output.Raw(text);
        output.EndObject();
    }

    private static void WriteAssistant(JsonOutput output, JsonView content, int message)
    {
        if (content.IsString)
        {
            WriteString(output, "assistant"u8, content);
            return;
        }

        int texts = 0, calls = 0;
        var items = content.Items();
        for (var i = 0; items.Next(); i++)
        {
            var block = CallerBlock.Read(items.Value, $"messages[{message}].content[{i}]");
            texts += block.Kind == CallerBlockKind.Text ? 1 : 0;
            calls += block.Kind == CallerBlockKind.ToolUse ? 1 : 0;
            if (block.Kind is not (CallerBlockKind.Text or CallerBlockKind.ToolUse or CallerBlockKind.Thinking))
            {
                throw block.Unsupported("type", "only text, tool_use and thinking can stand here");
            }
        }

        if (texts == 0 && calls == 0)
        {
            return;
        }

        Begin(output, "assistant"u8);
        WriteTexts(output, content, texts);
        if (calls > 0)
        {
            WriteCalls(output, content);
        }

        output.EndObject();
    }

    private static void WriteTexts(JsonOutput output, JsonView content, int texts)
    {
        if (texts == 0)
        {
            output.Null("content"u8);
            return;
        }

        if (texts > 1)
        {
            output.BeginArray("content"u8);
        }

        var items = content.Items();
        while (items.Next())
        {
            var block = CallerBlock.Read(items.Value, "");
            if (block.Kind == CallerBlockKind.Text && texts == 1)
            {
                output.Value("content"u8, block.Text);
            }
            else if (block.Kind == CallerBlockKind.Text)
            {
                block.WriteText(output);
            }
        }

        if (texts > 1)
        {
            output.EndArray();
        }
    }

    private static void WriteCalls(JsonOutput output, JsonView content)
    {
        output.BeginArray("tool_calls"u8);
        var items = content.Items();
        while (items.Next())
        {
            var block = CallerBlock.Read(items.Value, "");
            if (block.Kind != CallerBlockKind.ToolUse)
            {
                continue;
            }

            output.BeginObject();
            output.Value("id"u8, block.Id);
            output.Word("type"u8, "function"u8);
            output.BeginObject("function"u8);
            output.Value("name"u8, block.Name);
            output.Text("arguments"u8, block.Input.Raw);
            output.EndObject();
            output.EndObject();
        }

        output.EndArray();
    }

    private static void WriteString(JsonOutput output, ReadOnlySpan<byte> role, JsonView content)
    {
        Begin(output, role);
        output.Value("content"u8, content);
        output.EndObject();
    }

    private static void Begin(JsonOutput output, ReadOnlySpan<byte> role)
    {
        output.BeginObject();
        output.Word("role"u8, role);
    }
}
