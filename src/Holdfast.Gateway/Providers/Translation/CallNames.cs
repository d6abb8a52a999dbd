using System.Text;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>
/// The functions behind the calls of a conversation: some providers know a result by its function's name, which
/// OpenAI's format leaves with the call.
/// </summary>
internal sealed class CallNames
{
    private readonly Dictionary<string, byte[]> _names = new(StringComparer.Ordinal);

    public void Add(in ChatToolCall call) => _names[KeyOf(call.Id)] = call.Name.Raw.ToArray();

    /// <summary>The function whose result a tool's message is, as a JSON string.</summary>
    /// <exception cref="UnsupportedFieldException">No message before has such a call.</exception>
    public ReadOnlySpan<byte> NameFor(in ChatMessage result) =>
        _names.GetValueOrDefault(KeyOf(result.CalledId()))
        ?? throw result.Invalid("tool_call_id", "no message before has a tool call with this id");

    // Half a surrogate pair is no text, but an id all the same.
    private static string KeyOf(JsonView id) =>
        Encoding.UTF8.GetString(id.TryUnescape(out var text) ? text : id.Text);
}
