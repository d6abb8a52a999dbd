using System.Buffers;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>
/// Ids of tool calls for providers that take only letters, digits, <c>_</c> and <c>-</c> in them. A conversation that
/// began elsewhere may have others; call and result get the same replacement, so they still meet.
/// </summary>
internal static class ToolCallIds
{
    /// <summary>What such an id is made of.</summary>
    public static readonly SearchValues<byte> Letters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"u8);

    /// <param name="output">The request.</param>
    /// <param name="name">The member.</param>
    /// <param name="id">A string.</param>
    public static void Write(JsonOutput output, ReadOnlySpan<byte> name, JsonView id)
    {
        output.Name(name);
        output.BeginString();
        // Half a surrogate pair stays escaped; its letters are replaced one by one, everywhere alike.
        var rest = id.TryUnescape(out var text) ? text : id.Text;
        while (!rest.IsEmpty)
        {
            var good = rest.IndexOfAnyExcept(Letters);
            output.Piece(good < 0 ? rest : rest[..good]);
            if (good < 0)
            {
                break;
            }

            output.Piece("_"u8);
            rest = rest[(good + 1)..];
        }

        output.EndString();
    }
}
