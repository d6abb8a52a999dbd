using System.Buffers;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Responses;

/// <summary>
/// Passes a request on as it is, but for the model's name and for the thoughts that <see cref="ResponsesAnswer"/> told
/// of another provider: callers hand them back, and a provider would look for their ids in vain and refuse the whole
/// conversation.
/// </summary>
internal static class ResponsesPassedRequest
{
    /// <exception cref="UnsupportedFieldException">It has a field that the provider doesn't take.</exception>
    public static void Write(CallRequest call, string model, RequestFields fields, IBufferWriter<byte> output)
    {
        if (!fields.IsEmpty)
        {
            using var whole = new PooledBuffer(call.Body.Length + 64);
            whole.Write(call.Body.Span[..call.ObjectStart]);
            fields.Write(call, model, whole);
            WriteWithout(Thoughts(whole.WrittenSpan), whole.WrittenSpan, output);
            return;
        }

        ModelName.Replace(call, model, Thoughts(call.Body.Span), output);
    }

    private static void WriteWithout(
        List<(int Start, int End)> cuts, ReadOnlySpan<byte> body, IBufferWriter<byte> output)
    {
        var at = 0;
        foreach (var (start, end) in cuts)
        {
            output.Write(body[at..start]);
            at = end;
        }

        output.Write(body[at..]);
    }

    private static List<(int Start, int End)> Thoughts(ReadOnlySpan<byte> body)
    {
        var places = new List<(int, int)>();
        // A quick look: most conversations have none, and shouldn't pay for a reading.
        if (body.IndexOf(ResponseObject.OwnReasoning) < 0)
        {
            return places;
        }

        using var tape = new JsonTape(body.Length);
        try
        {
            var input = tape.ReadKnown(body).Member("input"u8);
            var items = input.IsArray ? input.Items() : default;
            var list = new ListCuts(body, places);
            while (items.Next())
            {
                if (items.Value.Member("type"u8).Says("reasoning"u8)
                    && items.Value.Member("id"u8).Text.StartsWith(ResponseObject.OwnReasoning))
                {
                    list.Cut(items.Value);
                }
                else
                {
                    list.Keep();
                }
            }
        }
        catch (JsonException)
        {
            // More values than are read here: the provider judges it as it is.
        }

        return places;
    }
}
