using System.Text.Json;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>A function that the model may call.</summary>
internal ref struct ChatTool
{
    public JsonView Name;

    /// <summary>A string, or missing.</summary>
    public JsonView Description;

    /// <summary>A JSON schema that is an object and has something in it; else missing.</summary>
    public JsonView Parameters;

    public bool IsStrict;

    /// <summary>Where it says so, for refusals.</summary>
    public readonly string StrictPlace => $"tools[{_index}].function.strict";

    /// <summary>An extension that some callers send for Anthropic's models.</summary>
    public JsonView CacheControl;

    private int _index;

    /// <summary>Writes the tool as OpenAI does, for dialects that took that over; schemas are never missing.</summary>
    public readonly void Write(JsonOutput output)
    {
        output.BeginObject();
        output.Word("type"u8, "function"u8);
        output.BeginObject("function"u8);
        WriteName(output);
        WriteSchema(output, "parameters"u8);
        output.EndObject();
        output.EndObject();
    }

    /// <summary>Writes the name, and the description if there is one.</summary>
    public readonly void WriteName(JsonOutput output)
    {
        output.Value("name"u8, Name);
        if (!Description.IsMissing)
        {
            output.Value("description"u8, Description);
        }
    }

    /// <summary>Writes the schema; one without members where the function takes nothing.</summary>
    public readonly void WriteSchema(JsonOutput output, ReadOnlySpan<byte> name)
    {
        output.Name(name);
        output.Raw(Parameters.IsMissing ? "{\"type\":\"object\",\"properties\":{}}"u8 : Parameters.Raw);
    }

    /// <exception cref="UnsupportedFieldException">The function is not as OpenAI's API says.</exception>
    public static ChatTool Read(JsonView json, int index)
    {
        var function = json.Member("function"u8);
        if (!function.IsObject)
        {
            throw Refusals.Invalid($"tools[{index}].function", "it must be an object");
        }

        var tool = default(ChatTool);
        tool._index = index;
        var strict = default(JsonView);
        var members = function.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("name"u8): tool.Name = members.Value; break;
                case var name when name.SequenceEqual("description"u8): tool.Description = members.Value; break;
                case var name when name.SequenceEqual("parameters"u8): tool.Parameters = members.Value; break;
                case var name when name.SequenceEqual("strict"u8): strict = members.Value; break;
            }
        }

        if (!tool.Name.IsString)
        {
            throw Refusals.Invalid($"tools[{index}].function.name", "it must be a string");
        }

        if (!tool.Parameters.IsMissing && !tool.Parameters.IsObject)
        {
            throw Refusals.Invalid($"tools[{index}].function.parameters", "it must be an object");
        }

        if (!tool.Description.IsTextOrMissing)
        {
            throw Refusals.Invalid($"tools[{index}].function.description", "it must be a string");
        }

        tool.IsStrict = strict.IsFlagOrMissing
            ? strict.IsTrue
            : throw Refusals.Invalid(tool.StrictPlace, "it must be true or false");
        tool.Parameters = tool.Parameters.IsEmpty ? default : tool.Parameters;
        tool.CacheControl = json.Member("cache_control"u8);
        return tool;
    }
}

/// <summary>Walks the function tools of a request; other kinds are refused, or left out.</summary>
internal ref struct ChatTools
{
    private readonly Refusals _refusals;
    private JsonItems _items;
    private int _index = -1;
    private bool _none;

    /// <exception cref="UnsupportedFieldException">It is no list.</exception>
    public ChatTools(JsonView tools, Refusals refusals)
    {
        _refusals = refusals;
        _none = tools.IsMissing;
        if (!_none)
        {
            _items = tools.IsArray ? tools.Items() : throw Refusals.Invalid("tools", "it must be an array");
        }
    }

    public ChatTool Tool { get; private set; }

    /// <exception cref="UnsupportedFieldException">The next one cannot be carried over.</exception>
    public bool Next()
    {
        while (!_none && _items.Next())
        {
            _index++;
            if (!_items.Value.IsObject)
            {
                throw Refusals.Invalid($"tools[{_index}]", "it must be an object");
            }

            var type = _items.Value.Member("type"u8);
            if (type.Says("function"u8))
            {
                Tool = ChatTool.Read(_items.Value, _index);
                return true;
            }

            if (!type.IsString)
            {
                throw Refusals.Invalid($"tools[{_index}].type", "it must be a string");
            }

            _refusals.Option(
                $"tools[{_index}].type", $"only function tools can be carried to {_refusals.Provider}");
        }

        _none = true;
        return false;
    }
}

internal enum ChatToolChoiceKind
{
    /// <summary>Nothing said, or what can be left out.</summary>
    Unset,
    Auto,
    None,
    Required,

    /// <summary>One function by name.</summary>
    Function,
}

/// <summary>Whether the model must, may or must not call functions.</summary>
internal readonly ref struct ChatToolChoice
{
    public ChatToolChoiceKind Kind { get; private init; }

    /// <summary>The function's name, a string.</summary>
    public JsonView Name { get; private init; }

    /// <summary>The caller wants at most one call at a time.</summary>
    public bool IsSingle { get; private init; }

    public bool IsForced => Kind is ChatToolChoiceKind.Required or ChatToolChoiceKind.Function;

    /// <exception cref="UnsupportedFieldException">It is no choice of OpenAI's, or cannot be carried over.</exception>
    public static ChatToolChoice Read(JsonView choice, JsonView parallel, Refusals refusals)
    {
        var isSingle = parallel.Kind switch
        {
            JsonTokenType.False => true,
            JsonTokenType.True or JsonTokenType.Null or JsonTokenType.None => false,
            _ => throw Refusals.Invalid("parallel_tool_calls", "it must be true or false"),
        };
        if (choice.IsObject && choice.Member("type"u8).Says("function"u8))
        {
            var name = choice.Member("function"u8).Member("name"u8);
            return name.IsString
                ? new ChatToolChoice { Kind = ChatToolChoiceKind.Function, Name = name, IsSingle = isSingle }
                : throw Refusals.Invalid("tool_choice.function.name", "it must be a string");
        }

        var kind = choice.Says("auto"u8) ? ChatToolChoiceKind.Auto
            : choice.Says("none"u8) ? ChatToolChoiceKind.None
            : choice.Says("required"u8) ? ChatToolChoiceKind.Required
            : ChatToolChoiceKind.Unset;
        if (kind == ChatToolChoiceKind.Unset && !choice.IsMissing)
        {
            refusals.Option("tool_choice", "it must be auto, none, required or one function");
        }

        return new ChatToolChoice { Kind = kind, IsSingle = isSingle };
    }
}
