using System.Text;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Responses;

/// <summary>
/// Writes <c>instructions</c> and <c>input</c> as a chat's messages. Calls of tools join the assistant's message before
/// them, because a chat has them in one. Thoughts of earlier answers stay behind: only the model that had them takes
/// them back.
/// </summary>
internal sealed class ResponsesInput(JsonOutput output, List<MessageOrigin> origins, Refusals refusals)
{
    /// <summary>The assistant's message that calls may still join.</summary>
    private enum OpenMessage
    {
        None,

        /// <summary>Its content is written.</summary>
        Content,

        /// <summary>Its list of calls is open.</summary>
        Calls,
    }

    private OpenMessage _open;
    private int _messages;
    private int _calls;

    /// <exception cref="UnsupportedFieldException">There is something in it that no chat has.</exception>
    public void Write(JsonView instructions, JsonView input)
    {
        if (!instructions.IsMissing && !instructions.IsString)
        {
            throw Refusals.Invalid("instructions", "it must be a string");
        }

        if (!instructions.Text.IsEmpty)
        {
            WriteString("system"u8, instructions, MessageOrigin.Beside);
        }

        if (input.IsString)
        {
            WriteString("user"u8, input, MessageOrigin.Whole);
            return;
        }

        if (input.IsMissing)
        {
            throw Refusals.Missing("input");
        }

        if (!input.IsArray || input.IsEmpty)
        {
            throw Refusals.Invalid("input", "it must be a string, or an array with at least one item");
        }

        var items = input.Items();
        for (var i = 0; items.Next(); i++)
        {
            WriteItem(items.Value, i);
        }

        Close();
    }

    private void WriteItem(JsonView item, int index)
    {
        var type = item.Member("type"u8);
        if (!item.IsObject)
        {
            throw Refusals.Invalid($"input[{index}]", "it must be an object");
        }

        if (!type.IsTextOrMissing)
        {
            throw Refusals.Invalid($"input[{index}].type", "it must be a string");
        }

        if (type.IsMissing || type.Says("message"u8))
        {
            WriteMessage(item, index);
        }
        else if (type.Says("function_call"u8))
        {
            WriteCall(item, index);
        }
        else if (type.Says("function_call_output"u8))
        {
            WriteResult(item, index);
        }
        else if (!type.Says("reasoning"u8))
        {
            throw Refusals.Unsupported($"input[{index}].type", "only message, function_call, function_call_output and "
                + "reasoning can be carried to a target without a Responses API");
        }
    }

    private void WriteMessage(JsonView item, int index)
    {
        var role = item.Member("role"u8);
        var content = item.Member("content"u8);
        var isAssistant = role.Says("assistant"u8);
        var isUser = role.Says("user"u8);
        if (!isAssistant && !isUser && !role.Says("system"u8) && !role.Says("developer"u8))
        {
            throw Refusals.Invalid($"input[{index}].role", "it must be user, assistant, system or developer");
        }

        // Few know developer, the newer name of system.
        Begin(isAssistant ? "assistant"u8 : isUser ? "user"u8 : "system"u8, index);
        WriteContent(content, index, "content", textOnly: !isUser);
        if (isAssistant)
        {
            _open = OpenMessage.Content;
        }
        else
        {
            output.EndObject();
        }
    }

    private void WriteCall(JsonView item, int index)
    {
        var id = Required(item, "call_id"u8, index);
        var name = Required(item, "name"u8, index);
        var arguments = item.Member("arguments"u8);
        if (!arguments.IsString)
        {
            throw Refusals.Invalid($"input[{index}].arguments", "it must be a string");
        }

        if (_open == OpenMessage.None)
        {
            Begin("assistant"u8, index);
            output.Null("content"u8);
        }

        if (_open != OpenMessage.Calls)
        {
            output.BeginArray("tool_calls"u8);
            _open = OpenMessage.Calls;
            _calls = 0;
        }

        origins.Add(new MessageOrigin(_messages - 1, _calls++, index));
        output.BeginObject();
        output.Value("id"u8, id);
        output.Word("type"u8, "function"u8);
        output.BeginObject("function"u8);
        output.Value("name"u8, name);
        output.Value("arguments"u8, arguments);
        output.EndObject();
        output.EndObject();
    }

    private void WriteResult(JsonView item, int index)
    {
        var id = Required(item, "call_id"u8, index);
        Begin("tool"u8, index);
        output.Value("tool_call_id"u8, id);
        WriteContent(item.Member("output"u8), index, "output", textOnly: false);
        output.EndObject();
    }

    /// <summary>
    /// A string stays one; a list becomes a list of parts, but one of a single text becomes that text.
    /// </summary>
    private void WriteContent(JsonView content, int item, string list, bool textOnly)
    {
        if (content.IsString)
        {
            output.Value("content"u8, content);
            return;
        }

        if (!content.IsArray)
        {
            throw Refusals.Invalid($"input[{item}].{list}", "it must be a string or an array of parts");
        }

        var only = content.IsEmpty ? default : OnlyText(content);
        if (content.IsEmpty || only.IsString)
        {
            output.Name("content"u8);
            output.Raw(only.IsString ? only.Raw : "\"\""u8);
            return;
        }

        output.BeginArray("content"u8);
        var parts = content.Items();
        for (var i = 0; parts.Next(); i++)
        {
            new InputPart(output, refusals, item, list, i).Write(parts.Value, textOnly);
        }

        output.EndArray();
    }

    private static JsonView OnlyText(JsonView content)
    {
        var parts = content.Items();
        parts.Next();
        var text = InputPart.TextOf(parts.Value);
        return parts.Next() ? default : text;
    }

    private static JsonView Required(JsonView item, ReadOnlySpan<byte> member, int index)
    {
        var value = item.Member(member);
        return value.Text.IsEmpty
            ? throw Refusals.Invalid(
                $"input[{index}].{Encoding.UTF8.GetString(member)}", "it must be a string that is not empty")
            : value;
    }

    private void WriteString(ReadOnlySpan<byte> role, JsonView text, int item)
    {
        Begin(role, item);
        output.Value("content"u8, text);
        output.EndObject();
    }

    private void Begin(ReadOnlySpan<byte> role, int item)
    {
        Close();
        origins.Add(new MessageOrigin(_messages++, -1, item));
        output.BeginObject();
        output.Word("role"u8, role);
    }

    private void Close()
    {
        if (_open == OpenMessage.Calls)
        {
            output.EndArray();
        }

        if (_open != OpenMessage.None)
        {
            output.EndObject();
        }

        _open = OpenMessage.None;
    }
}
