namespace Holdfast.Gateway.Providers.Translation;

/// <summary>Who speaks in a message.</summary>
internal enum ChatRole
{
    /// <summary>A role that OpenAI doesn't have, or no longer has.</summary>
    Other,

    /// <summary><c>system</c> and <c>developer</c>, its newer name.</summary>
    System,
    User,
    Assistant,
    Tool,
}

/// <summary>One of an OpenAI request's messages, taken apart.</summary>
internal ref struct ChatMessage
{
    public ChatRole Role;
    public JsonView Content;
    public JsonView Refusal;
    public JsonView ToolCalls;
    public JsonView ToolCallId;

    private int _index;

    /// <summary>No content, or none that says something.</summary>
    public readonly bool SaysNothing => Content.IsMissing || (Content.IsString && Content.Text.IsEmpty);

    /// <summary>An assistant's refusal, beside its content or in place of it.</summary>
    public readonly bool HasRefusal => Role == ChatRole.Assistant && !Refusal.Text.IsEmpty;

    /// <param name="json">The message.</param>
    /// <param name="index">Which one it is, for refusals.</param>
    /// <exception cref="UnsupportedFieldException">
    /// It is no message of OpenAI's, or has what no other dialect knows: audio of before, a call of the old kind.
    /// </exception>
    public static ChatMessage Read(JsonView json, int index)
    {
        if (!json.IsObject)
        {
            throw Refusals.Invalid($"messages[{index}]", "it must be an object");
        }

        var message = default(ChatMessage);
        message._index = index;
        JsonView functionCall = default, audio = default;
        var members = json.Members();
        while (members.Next())
        {
            var value = members.Value;
            switch (members.Name)
            {
                case var name when name.SequenceEqual("role"u8): message.Role = RoleOf(value); break;
                case var name when name.SequenceEqual("content"u8): message.Content = value; break;
                case var name when name.SequenceEqual("refusal"u8): message.Refusal = value; break;
                case var name when name.SequenceEqual("tool_calls"u8): message.ToolCalls = value; break;
                case var name when name.SequenceEqual("tool_call_id"u8): message.ToolCallId = value; break;
                case var name when name.SequenceEqual("function_call"u8): functionCall = value; break;
                case var name when name.SequenceEqual("audio"u8): audio = value; break;
            }
        }

        if (!functionCall.IsMissing)
        {
            throw message.Unsupported("function_call", "use tool_calls");
        }

        if (!audio.IsMissing)
        {
            throw message.Unsupported("audio", "audio of earlier answers cannot be carried");
        }

        message.Check();
        return message;
    }

    public readonly UnsupportedFieldException Unsupported(string member, string reason) =>
        Refusals.Unsupported($"messages[{_index}].{member}", reason);

    public readonly UnsupportedFieldException Invalid(string member, string reason) =>
        Refusals.Invalid($"messages[{_index}].{member}", reason);

    /// <summary>The message's parts; content that is a string is one of them.</summary>
    public readonly ChatParts Parts() => new(Content, _index);

    /// <summary>The calls that an assistant made; none where it made none.</summary>
    public readonly ChatToolCalls Calls() => new(ToolCalls, _index);

    /// <summary>The id of the call whose result a tool's message is.</summary>
    /// <exception cref="UnsupportedFieldException">It has none.</exception>
    public readonly JsonView CalledId() => !ToolCallId.Text.IsEmpty
        ? ToolCallId
        : throw Invalid("tool_call_id", "it must be a string that is not empty");

    private static ChatRole RoleOf(JsonView role) =>
        role.Says("user"u8) ? ChatRole.User
        : role.Says("assistant"u8) ? ChatRole.Assistant
        : role.Says("tool"u8) ? ChatRole.Tool
        : role.Says("system"u8) || role.Says("developer"u8) ? ChatRole.System
        : ChatRole.Other;

    private readonly void Check()
    {
        if (Role == ChatRole.Other)
        {
            throw Invalid("role", "it must be system, developer, user, assistant or tool");
        }

        if (!Content.IsString && !Content.IsArray && (Role != ChatRole.Assistant || !Content.IsMissing))
        {
            throw Invalid("content", "it must be a string or an array of parts");
        }

        if (!Refusal.IsMissing && !Refusal.IsString)
        {
            throw Invalid("refusal", "it must be a string");
        }

        if (!ToolCalls.IsMissing && !ToolCalls.IsArray)
        {
            throw Invalid("tool_calls", "it must be an array");
        }
    }
}

/// <summary>Walks an OpenAI request's messages.</summary>
internal ref struct ChatMessages
{
    private JsonItems _items;
    private int _index = -1;

    /// <exception cref="UnsupportedFieldException">It is no list.</exception>
    public ChatMessages(JsonView messages) => _items = messages.IsArray
        ? messages.Items()
        : throw Refusals.Invalid("messages", "it must be an array");

    public ChatMessage Message { get; private set; }

    /// <exception cref="UnsupportedFieldException">The next one is no message.</exception>
    public bool Next()
    {
        if (!_items.Next())
        {
            return false;
        }

        Message = ChatMessage.Read(_items.Value, ++_index);
        return true;
    }
}
