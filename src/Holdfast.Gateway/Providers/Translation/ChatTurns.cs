namespace Holdfast.Gateway.Providers.Translation;

/// <summary>
/// Writes a chat's messages for dialects where roles take turns: neighbours with the same role become one message, and
/// so do all results of one turn's calls. A message opens with the first thing in it, so one that has nothing to say
/// doesn't appear.
/// </summary>
/// <param name="output">The request.</param>
/// <param name="assistant">What the dialect calls the assistant.</param>
/// <param name="list">What it calls the list of what is said in a message.</param>
internal ref struct ChatTurns(JsonOutput output, ReadOnlySpan<byte> assistant, ReadOnlySpan<byte> list)
{
    private readonly ReadOnlySpan<byte> _assistant = assistant;
    private readonly ReadOnlySpan<byte> _list = list;
    private ChatRole _open;

    /// <summary>Opens a message of the speaker's where none is open.</summary>
    /// <returns>Whether it is a new one.</returns>
    public bool Open(ChatRole speaker)
    {
        if (_open == speaker)
        {
            return false;
        }

        Close();
        _open = speaker;
        output.BeginObject();
        output.Word("role"u8, speaker == ChatRole.User ? "user"u8 : _assistant);
        output.BeginArray(_list);
        return true;
    }

    public readonly void Close()
    {
        if (_open != ChatRole.Other)
        {
            output.EndArray();
            output.EndObject();
        }
    }
}
