namespace Holdfast.Gateway.Providers.Translation;

/// <summary>
/// Cuts items out of one list: each with the comma after it, or, once one is kept, with the comma before it.
/// </summary>
internal ref struct ListCuts(ReadOnlySpan<byte> body, List<(int Start, int End)> places)
{
    private readonly ReadOnlySpan<byte> _body = body;
    private bool _kept;

    public void Keep() => _kept = true;

    public readonly void Cut(JsonView item)
    {
        _body.Overlaps(item.Raw, out var start);
        var end = start + item.Raw.Length;
        if (_kept)
        {
            start = _body[..start].LastIndexOf((byte)',');
        }
        else
        {
            var rest = _body[end..];
            var next = rest.IndexOfAnyExcept(" \t\r\n"u8);
            end += next >= 0 && rest[next] == (byte)',' ? next + 1 : 0;
        }

        places.Add((start, end));
    }
}
