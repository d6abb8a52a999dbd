using System.Text.Json;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>Tells the calls of tools apart whose pieces come in a stream's chunks, one call after the other.</summary>
internal sealed class StreamedCalls
{
    // Longer names would have to be kept for a whole stream.
    private const int MaxNameLength = 256;

    private byte[] _id = [];
    private long _index = -1;

    /// <summary>There has been one.</summary>
    public bool Any => _index >= 0;

    /// <summary>Whether a piece begins a call; else it goes on with the last one.</summary>
    /// <exception cref="JsonException">
    /// It goes on with a call before the last one, or begins one without a name.
    /// </exception>
    public bool IsNew(JsonView call)
    {
        var id = call.Member("id"u8);
        var index = call.Member("index"u8).TryGetInt64(out var number) ? number : Math.Max(_index, 0);
        // Some number all their calls 0; a new id tells them apart.
        if (index == _index && (id.Text.IsEmpty || id.Text.SequenceEqual(_id)))
        {
            return false;
        }

        if (index < _index || index < 0 || !call.Member("function"u8).Member("name"u8).IsString
            || id.Text.Length > MaxNameLength)
        {
            throw new JsonException("it goes on with a call of a tool that has ended, or begins one without a name");
        }

        _index = index;
        _id = id.Text.ToArray();
        return true;
    }
}
