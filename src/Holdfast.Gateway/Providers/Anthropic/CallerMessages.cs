using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>
/// Writes a caller's <c>system</c> and <c>messages</c> as OpenAI's messages. Results of tools become messages of their
/// own, before what else the user says, because OpenAI wants them right after the calls. Thoughts of earlier answers
/// stay behind: only the model that had them takes them back.
/// </summary>
internal readonly ref struct CallerMessages(JsonOutput output, List<MessageOrigin> origins, Refusals refusals)
{
    public void WriteSystem(JsonView system)
    {
        if (system.IsMissing || (system.IsString && system.Text.IsEmpty) || system is { IsArray: true, IsEmpty: true })
        {
            return;
        }

        Begin("system"u8, MessageOrigin.Beside);
        if (system.IsString)
        {
            output.Value("content"u8, system);
        }
        else
        {
            output.BeginArray("content"u8);
            var items = system.IsArray
                ? system.Items()
                : throw Refusals.Invalid("system", "it must be a string or an array of text blocks");
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

    public void Write(JsonView messages)
    {
        if (!messages.IsArray)
        {
            throw Refusals.Invalid("messages", "it must be an array");
        }

        var items = messages.Items();
        for (var i = 0; items.Next(); i++)
        {
            var role = items.Value.Member("role"u8);
            var content = items.Value.Member("content"u8);
            if (!content.IsString && !content.IsArray)
            {
                throw Refusals.Invalid($"messages[{i}].content", "it must be a string or an array of blocks");
            }

            if (role.Says("user"u8))
            {
                WriteUser(content, i);
            }
            else if (role.Says("assistant"u8))
            {
                WriteAssistant(content, i);
            }
            else
            {
                throw Refusals.Invalid($"messages[{i}].role", "it must be user or assistant");
            }
        }
    }

    private void WriteUser(JsonView content, int message)
    {
        if (content.IsString)
        {
            WriteString("user"u8, content, message);
            return;
        }

        var others = 0;
        var items = content.Items();
        for (var i = 0; items.Next(); i++)
        {
            var block = CallerBlock.Read(items.Value, $"messages[{message}].content[{i}]");
            if (block.Kind == CallerBlockKind.ToolResult)
            {
                WriteResult(block, message);
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

        Begin("user"u8, message);
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

    private void WriteResult(in CallerBlock block, int message)
    {
        Begin("tool"u8, message);
        output.Value("tool_call_id"u8, block.ToolUseId);
        if (block.Content is { IsString: false, IsMissing: false } || block.IsError)
        {
            WriteResultParts(block);
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

    private void WriteResultParts(in CallerBlock block)
    {
        output.BeginArray("content"u8);
        if (block.IsError)
        {
            // OpenAI has no flag for it; the model has to read it.
            WriteText("\"The tool failed:\""u8);
        }

        if (block.Content.IsString)
        {
            WriteText(block.Content.Raw);
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
            throw block.Invalid("content", "it must be a string or an array of blocks");
        }

        output.EndArray();
    }

    private void WriteText(ReadOnlySpan<byte> text)
    {
        output.BeginObject();
        output.Word("type"u8, "text"u8);
        output.Name("text"u8);
        output.Raw(text);
        output.EndObject();
    }

    private void WriteAssistant(JsonView content, int message)
    {
        if (content.IsString)
        {
            WriteString("assistant"u8, content, message);
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

        Begin("assistant"u8, message);
        WriteTexts(content, texts);
        if (calls > 0)
        {
            WriteCalls(content);
        }

        output.EndObject();
    }

    private void WriteTexts(JsonView content, int texts)
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

    private void WriteCalls(JsonView content)
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

    private void WriteString(ReadOnlySpan<byte> role, JsonView content, int message)
    {
        Begin(role, message);
        output.Value("content"u8, content);
        output.EndObject();
    }

    /// <param name="role">Who speaks.</param>
    /// <param name="message">The caller's message that it comes from.</param>
    private void Begin(ReadOnlySpan<byte> role, int message)
    {
        origins.Add(new MessageOrigin(origins.Count, -1, message));
        output.BeginObject();
        output.Word("role"u8, role);
    }
}
