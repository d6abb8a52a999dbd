using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Holdfast.Simulator.Providers;

/// <summary>Keeps the last request of a provider for reading it back; larger bodies are kept up to a bound.</summary>
internal sealed class LastRequest
{
    public const int MaxBodyBytes = 1 << 20;
    private const int MaxHeaders = 128;

    private readonly Lock _lock = new();
    private readonly List<KeyValuePair<string, string>> _headers = [];
    private byte[] _body = [];
    private int _kept;
    private long _length = -1;
    private string _target = "";

    public void Remember(HttpRequest request, ReadOnlySpan<byte> body)
    {
        lock (_lock)
        {
            _headers.Clear();
            foreach (var header in request.Headers.Take(MaxHeaders))
            {
                _headers.Add(new(header.Key, header.Value.ToString()));
            }

            _target = request.QueryString.HasValue ? request.Path + request.QueryString : request.Path.Value ?? "/";
            _length = body.Length;
            _kept = Math.Min(body.Length, MaxBodyBytes);
            if (_body.Length < _kept)
            {
                _body = new byte[Math.Max(_kept, 4096)];
            }

            body[.._kept].CopyTo(_body);
        }
    }

    /// <summary>The request as JSON, or null where none has come yet.</summary>
    public byte[]? ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        lock (_lock)
        {
            if (_length < 0)
            {
                return null;
            }

            json.WriteStartObject();
            json.WriteString("target", _target);
            json.WriteStartObject("headers");
            foreach (var (name, value) in _headers)
            {
                json.WriteString(name.ToLowerInvariant(), value);
            }

            json.WriteEndObject();
            json.WriteNumber("bodyBytes", _length);
            json.WriteBoolean("truncated", _kept < _length);
            json.WriteString("body", Encoding.UTF8.GetString(_body, 0, _kept));
            json.WriteEndObject();
        }

        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
