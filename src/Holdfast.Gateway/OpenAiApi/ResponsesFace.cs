using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>OpenAI's Responses API: <c>POST /v1/responses</c>.</summary>
internal sealed class ResponsesFace : ICallFace
{
    public static readonly ResponsesFace Create = new();

    private static readonly JsonWriterOptions Readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private ResponsesFace()
    {
    }

    public Dialect Dialect => Dialect.Responses;

    public Operation Operation => Operation.Responses;

    public CallError? TryRead(ReadOnlySpan<byte> body, out CallFields fields) =>
        ResponsesRequestBody.TryRead(body, out fields);

    public void WriteHeaders(HttpContext http)
    {
        // Those of every call are all there are.
    }

    public PooledBuffer? AnswerInstead(HttpContext http, CallRequest call, CallError error) => null;

    public Task WriteErrorAsync(HttpContext http, CallError error) => OpenAiErrorBody.WriteAsync(http, error);

    public int StatusOf(CallError error) => error.Status;

    /// <summary>
    /// The event has what the specification says and, once more, what OpenAI's servers really send: an object
    /// <c>error</c>, which is what the official npm client raises on.
    /// </summary>
    public void WriteCut(IBufferWriter<byte> output, CallError error, string requestId, long number)
    {
        output.Write("event: error\ndata: "u8);
        using (var json = new Utf8JsonWriter(output, Readable))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "error"u8);
            json.WriteNumber("sequence_number"u8, number);
            WriteWords(json, error);
            json.WriteStartObject("error"u8);
            json.WriteString("type"u8, error.Type);
            WriteWords(json, error);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        output.Write("\n\n"u8);
    }

    private static void WriteWords(Utf8JsonWriter json, CallError error)
    {
        json.WriteString("code"u8, error.Code);
        json.WriteString("message"u8, error.Message);
        json.WriteString("param"u8, error.Param);
    }
}
