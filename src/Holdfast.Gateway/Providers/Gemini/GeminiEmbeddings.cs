using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Gemini;

/// <summary>
/// OpenAI's embeddings as Google's: <c>batchEmbedContents</c> at Gemini's own API, <c>predict</c> at Vertex.
/// </summary>
internal static class GeminiEmbeddings
{
    // Far above any real count, far below what would overflow when a few are added.
    private const long MostTokens = 1_000_000_000_000;

    /// <param name="call">What the caller asks.</param>
    /// <param name="model">The model's name, without folders.</param>
    /// <param name="isVertex">It is for Vertex.</param>
    /// <param name="drop"><see cref="ProviderOptions.DropUnsupported"/></param>
    /// <param name="output">What is in it after an exception is of no use.</param>
    /// <exception cref="UnsupportedFieldException">Google cannot do what the caller asks.</exception>
    public static void Write(CallRequest call, string model, bool isVertex, bool drop, IBufferWriter<byte> output)
    {
        using var tape = new JsonTape(call.Body.Length);
        try
        {
            var fields = EmbeddingFields.Read(tape.ReadKnown(call.Body.Span), new Refusals("Gemini", drop));
            if (isVertex)
            {
                WriteInstances(new JsonOutput(output), fields);
            }
            else
            {
                WriteBatch(new JsonOutput(output), fields, Encoding.UTF8.GetBytes("models/" + model));
            }
        }
        catch (JsonException)
        {
            // The face checks JSON, but not how many values it has.
            throw Refusals.TooLarge();
        }
    }

    public static PlainAnswer Read(in AnswerContext context, ReadOnlySpan<byte> body, PooledBuffer output)
    {
        if (!Utf8.IsValid(body))
        {
            return Failed("The provider answered with bytes that are not UTF-8.");
        }

        using var tape = new JsonTape(body.Length);
        try
        {
            var answer = tape.Read(body);
            var error = answer.Member("error"u8);
            return !error.IsMissing ? new PlainAnswer(default, default, GeminiErrors.InBand(error))
                : answer.Member("embeddings"u8) is { IsArray: true } batch ? Batch(context, answer, batch, output)
                : answer.Member("predictions"u8) is { IsArray: true } list ? Predictions(context, list, output)
                : Failed("The provider's answer has no embeddings.");
        }
        catch (JsonException)
        {
            return Failed("The provider's answer is not in its format.");
        }
    }

    private static void WriteBatch(JsonOutput output, in EmbeddingFields fields, ReadOnlySpan<byte> model)
    {
        output.BeginObject();
        output.BeginArray("requests"u8);
        var texts = fields.Texts();
        while (texts.Next())
        {
            output.BeginObject();
            output.Text("model"u8, model);
            output.BeginObject("content"u8);
            output.BeginArray("parts"u8);
            output.BeginObject();
            output.Value("text"u8, texts.Value);
            output.EndObject();
            output.EndArray();
            output.EndObject();
            if (!fields.Dimensions.IsMissing)
            {
                output.Value("outputDimensionality"u8, fields.Dimensions);
            }

            output.EndObject();
        }

        output.EndArray();
        output.EndObject();
    }

    private static void WriteInstances(JsonOutput output, in EmbeddingFields fields)
    {
        output.BeginObject();
        output.BeginArray("instances"u8);
        var texts = fields.Texts();
        while (texts.Next())
        {
            output.BeginObject();
            output.Value("content"u8, texts.Value);
            output.EndObject();
        }

        output.EndArray();
        output.BeginObject("parameters"u8);
        // A text that is too long is an error elsewhere, and not silently embedded in part.
        output.Name("autoTruncate"u8);
        output.Raw("false"u8);
        if (!fields.Dimensions.IsMissing)
        {
            output.Value("outputDimensionality"u8, fields.Dimensions);
        }

        output.EndObject();
        output.EndObject();
    }

    private static PlainAnswer Batch(in AnswerContext context, JsonView answer, JsonView list, PooledBuffer output)
    {
        var vectors = new EmbeddingAnswer(context, output);
        var items = list.Items();
        while (items.Next())
        {
            vectors.Add(items.Value.Member("values"u8));
        }

        return vectors.End(Tokens(answer.Member("usageMetadata"u8).Member("promptTokenCount"u8)));
    }

    private static PlainAnswer Predictions(in AnswerContext context, JsonView list, PooledBuffer output)
    {
        var vectors = new EmbeddingAnswer(context, output);
        var tokens = 0L;
        var items = list.Items();
        while (items.Next())
        {
            var embeddings = items.Value.Member("embeddings"u8);
            vectors.Add(embeddings.Member("values"u8));
            tokens += Tokens(embeddings.Member("statistics"u8).Member("token_count"u8));
        }

        return vectors.End(tokens);
    }

    // Vertex writes a count as 4 or as 4.0.
    private static long Tokens(JsonView count) =>
        count.TryGetDouble(out var tokens) && tokens is > 0 and < MostTokens ? (long)tokens : 0;

    private static PlainAnswer Failed(string message) => new(default, default, Faults.BadAnswer(message));
}
