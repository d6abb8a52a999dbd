using System.Buffers;
using System.Globalization;
using System.Text;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>
/// Ids for calls that the provider gave none: made of the answer's own id and the call's place in it, so they are the
/// same whoever reads the answer, and short enough for every provider that may get them back.
/// </summary>
internal sealed class CallIds
{
    // OpenAI takes ids of 40 letters; the rest is "call_" and the places.
    private const int MaxStem = 24;

    private static readonly SearchValues<byte> Letters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"u8);

    private static readonly SearchValues<char> LettersOfText = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

    private readonly string _stem;

    /// <param name="context">The call; its id serves where the answer has none to use.</param>
    /// <param name="id">The answer's id.</param>
    public CallIds(in AnswerContext context, JsonView id)
    {
        var text = id.Text;
        if (text.IsEmpty || text.ContainsAnyExcept(Letters))
        {
            var own = context.Call.Id;
            _stem = own.AsSpan().ContainsAnyExcept(LettersOfText) ? "" : own[..Math.Min(own.Length, MaxStem)];
        }
        else
        {
            _stem = Encoding.ASCII.GetString(text[..Math.Min(text.Length, MaxStem)]);
        }
    }

    /// <summary>As a JSON string.</summary>
    /// <param name="choice">Which of the choices.</param>
    /// <param name="index">Which of its calls.</param>
    public byte[] Of(int choice, int index) => Encoding.ASCII.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"\"call_{_stem}_{choice}_{index}\""));
}
