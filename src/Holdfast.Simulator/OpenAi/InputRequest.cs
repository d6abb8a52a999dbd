using System.Text.Json;
using Holdfast.Simulator.Providers;

namespace Holdfast.Simulator.OpenAi;

/// <summary>What a request asks about its <c>input</c>: for vectors, or for a judgement.</summary>
/// <param name="Model">The model.</param>
/// <param name="Inputs">Each input as text; tokens as their numbers, an image as its address.</param>
/// <param name="Tokens">Of all of them, estimated where they come as text.</param>
internal sealed record InputRequest(string Model, IReadOnlyList<string> Inputs, int Tokens)
{
    private const int MostInputs = 2048;

    public bool WantsBase64 { get; private init; }

    /// <summary>As asked for; null: the model's own.</summary>
    public int? Dimensions { get; private init; }

    /// <summary>Reads the request as the specification's <c>CreateEmbeddingRequest</c>.</summary>
    public static (InputRequest? Request, Problem? Problem) ReadEmbeddings(JsonElement root, string? deployment)
    {
        var (request, problem) = Read(root, deployment ?? ChatRequest.Text(root, "model"), isJudgement: false);
        if (request is null)
        {
            return (null, problem);
        }

        var format = ChatRequest.Text(root, "encoding_format") ?? "float";
        if (format is not ("float" or "base64"))
        {
            return (null, Problem.Invalid("encoding_format", "expected 'float' or 'base64'"));
        }

        var dimensions = ChatRequest.Number(root, "dimensions");
        return dimensions is < 1 or > Answers.Vectors.MostDimensions
            ? (null, Problem.Invalid("dimensions", "expected 1 or more, and no more than the model has"))
            : (request with { WantsBase64 = format == "base64", Dimensions = dimensions }, null);
    }

    /// <summary>Reads the request as the specification's <c>CreateModerationRequest</c>.</summary>
    public static (InputRequest? Request, Problem? Problem) ReadModerations(JsonElement root) =>
        Read(root, ChatRequest.Text(root, "model") ?? "omni-moderation-latest", isJudgement: true);

    private static (InputRequest? Request, Problem? Problem) Read(JsonElement root, string? model, bool isJudgement)
    {
        if (string.IsNullOrEmpty(model))
        {
            return (null, Problem.Missing("model"));
        }

        if (!root.TryGetProperty("input", out var input))
        {
            return (null, Problem.Missing("input"));
        }

        if (input.ValueKind == JsonValueKind.String)
        {
            var text = input.GetString()!;
            return text.Length == 0 && !isJudgement
                ? (null, Problem.Invalid("input", "expected a text that is not empty"))
                : (new InputRequest(model, [text], TokensOf(text)), null);
        }

        if (input.ValueKind != JsonValueKind.Array || input.GetArrayLength() is 0 or > MostInputs)
        {
            return (null, Problem.Invalid("input", $"expected a text, or 1 to {MostInputs} items"));
        }

        return ReadItems(model, [.. input.EnumerateArray()], isJudgement);
    }

    private static (InputRequest? Request, Problem? Problem) ReadItems(
        string model, List<JsonElement> items, bool isJudgement)
    {
        var kind = items[0].ValueKind;
        var isKnown = kind == JsonValueKind.String
            || (isJudgement ? kind == JsonValueKind.Object : kind is JsonValueKind.Number or JsonValueKind.Array);
        if (!isKnown || items.Exists(item => item.ValueKind != kind))
        {
            return (null, Problem.Invalid("input", "expected items of one kind that this endpoint takes"));
        }

        return (kind switch
        {
            JsonValueKind.String => new InputRequest(
                model, [.. items.Select(item => item.GetString()!)], items.Sum(item => TokensOf(item.GetString()!))),
            // The tokens of one text.
            JsonValueKind.Number => new InputRequest(model, [string.Join(',', items)], items.Count),
            JsonValueKind.Array => new InputRequest(
                model, [.. items.Select(item => item.GetRawText())], items.Sum(item => item.GetArrayLength())),
            // The parts of one message, judged together.
            _ => new InputRequest(model, [string.Concat(items.Select(PartOf))], 0),
        }, null);
    }

    private static string PartOf(JsonElement part) => ChatRequest.Text(part, "text")
        ?? (ChatRequest.Object(part, "image_url") is { } image ? ChatRequest.Text(image, "url") : null) ?? "";

    private static int TokensOf(string text) => (text.Length / 4) + 1;
}
