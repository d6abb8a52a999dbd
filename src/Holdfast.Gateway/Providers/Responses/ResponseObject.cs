using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Responses;

/// <summary>
/// The response object around an answer's items: the same in a whole answer and in the first and the last events of a
/// stream, but for how far it has come.
/// </summary>
/// <param name="context">The call in the hub's dialect.</param>
internal sealed class ResponseObject(in AnswerContext context)
{
    /// <summary>What the ids of thoughts begin with that no provider of this API knows.</summary>
    public static ReadOnlySpan<byte> OwnReasoning => "rs_holdfast_"u8;

    // Longer names would be copied into every event.
    private const int MaxNameLength = 256;

    private readonly ReadOnlyMemory<byte> _repeated = context.Call.Repeated;
    private readonly string _callId = context.Call.Id;
    private readonly string _askedModel = context.Model;
    private long _created = context.Created;
    private byte[] _id = [];
    private byte[] _model = [];

    /// <summary>Takes the names that the provider gave its answer; ours where it gave none.</summary>
    /// <param name="answer">A whole answer, or a stream's chunk.</param>
    /// <exception cref="JsonException">A name is unreasonably long.</exception>
    public void Name(JsonView answer)
    {
        var id = answer.Member("id"u8);
        var model = answer.Member("model"u8);
        if (id.Raw.Length > MaxNameLength || model.Raw.Length > MaxNameLength)
        {
            throw new JsonException("The id or the model's name is too long.");
        }

        _id = id.Text.IsEmpty ? Encoding.UTF8.GetBytes(_callId) : id.Text.ToArray();
        _model = model.Text.IsEmpty
            ? JsonEncodedText.Encode(_askedModel).EncodedUtf8Bytes.ToArray()
            : model.Text.ToArray();
        _created = answer.Member("created"u8).TryGetInt64(out var created) && created > 0 ? created : _created;
    }

    /// <summary>Writes the id of an item: what kind it is of, whose answer it is in, and its place there.</summary>
    public void WriteItemId(JsonOutput output, ReadOnlySpan<byte> prefix, int index)
    {
        output.BeginString();
        output.Piece(prefix);
        output.Piece(_id);
        output.Piece("_"u8);
        output.Piece(Encoding.UTF8.GetBytes(index.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        output.EndString();
    }

    /// <summary>Begins the object; its items come next.</summary>
    /// <param name="output">The caller's bytes.</param>
    /// <param name="status">How far it has come.</param>
    /// <param name="incompleteReason">Why it is no more; empty where nothing is missing.</param>
    public void Begin(JsonOutput output, ReadOnlySpan<byte> status, ReadOnlySpan<byte> incompleteReason)
    {
        output.BeginObject();
        output.Name("id"u8);
        output.BeginString();
        output.Piece("resp_"u8);
        output.Piece(_id);
        output.EndString();
        output.Word("object"u8, "response"u8);
        output.Number("created_at"u8, _created);
        output.Word("status"u8, status);
        output.Name("background"u8);
        output.Raw("false"u8);
        output.Null("error"u8);
        if (incompleteReason.IsEmpty)
        {
            output.Null("incomplete_details"u8);
        }
        else
        {
            output.BeginObject("incomplete_details"u8);
            output.Word("reason"u8, incompleteReason);
            output.EndObject();
        }

        output.Name("model"u8);
        output.BeginString();
        output.Piece(_model);
        output.EndString();
        output.BeginArray("output"u8);
    }

    /// <summary>Ends the items and the object.</summary>
    /// <param name="output">The caller's bytes.</param>
    /// <param name="usage">The tokens; none are told where they are not known.</param>
    public void End(JsonOutput output, in Usage usage)
    {
        output.EndArray();
        output.Null("previous_response_id"u8);
        output.Name("store"u8);
        output.Raw("false"u8);
        output.Raw(_repeated.Span);
        if (usage.IsKnown)
        {
            WriteUsage(output, usage);
        }

        output.EndObject();
    }

    /// <summary>Writes what every response repeats of its request, as members with their commas.</summary>
    public static void WriteRepeated(JsonOutput output, in ResponsesFields fields)
    {
        WriteOr(output, "instructions"u8, fields.Instructions, "null"u8);
        WriteOr(output, "max_output_tokens"u8, fields.MaxOutputTokens, "null"u8);
        WriteOr(output, "metadata"u8, fields.Metadata, "{}"u8);
        WriteOr(output, "parallel_tool_calls"u8, fields.ParallelToolCalls, "true"u8);
        WriteOr(output, "reasoning"u8, fields.Reasoning, "{\"effort\":null,\"summary\":null}"u8);
        WriteOr(output, "temperature"u8, fields.Temperature, "1"u8);
        WriteOr(output, "text"u8, fields.Text, "{\"format\":{\"type\":\"text\"}}"u8);
        WriteOr(output, "tool_choice"u8, fields.ToolChoice, "\"auto\""u8);
        ResponsesTools.WriteRepeated(output, fields.Tools);
        WriteOr(output, "top_logprobs"u8, fields.TopLogprobs, "0"u8);
        WriteOr(output, "top_p"u8, fields.TopP, "1"u8);
        output.Word("truncation"u8, "disabled"u8);
        if (!fields.User.IsMissing)
        {
            output.Value("user"u8, fields.User);
        }

        if (!fields.SafetyIdentifier.IsMissing)
        {
            output.Value("safety_identifier"u8, fields.SafetyIdentifier);
        }
    }

    private static void WriteOr(
        JsonOutput output, ReadOnlySpan<byte> name, JsonView value, ReadOnlySpan<byte> otherwise)
    {
        output.Name(name);
        output.Raw(value.IsMissing ? otherwise : value.Raw);
    }

    private static void WriteUsage(JsonOutput output, in Usage usage)
    {
        output.BeginObject("usage"u8);
        output.Number("input_tokens"u8, usage.Input);
        output.BeginObject("input_tokens_details"u8);
        output.Number("cached_tokens"u8, usage.CachedInput);
        output.Number("cache_write_tokens"u8, usage.CacheWrite);
        output.EndObject();
        output.Number("output_tokens"u8, usage.Output);
        output.BeginObject("output_tokens_details"u8);
        output.Number("reasoning_tokens"u8, usage.Reasoning);
        output.EndObject();
        output.Number("total_tokens"u8, usage.Input + usage.Output);
        output.EndObject();
    }
}
