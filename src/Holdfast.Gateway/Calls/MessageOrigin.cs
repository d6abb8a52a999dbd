namespace Holdfast.Gateway.Calls;

/// <summary>
/// Where a message of a chat, or one of its tool calls, stands in the request of another dialect that became the chat.
/// </summary>
/// <param name="Message">The message's index in the chat.</param>
/// <param name="Call">The call's index in it; -1 for the message itself.</param>
/// <param name="Item">
/// The index in the caller's list; <see cref="Beside"/> or <see cref="Whole"/> where there is none.
/// </param>
internal readonly record struct MessageOrigin(int Message, int Call, int Item)
{
    /// <summary>It stands beside the list: a system prompt, instructions.</summary>
    public const int Beside = -1;

    /// <summary>The caller wrote one text and no list.</summary>
    public const int Whole = -2;
}
