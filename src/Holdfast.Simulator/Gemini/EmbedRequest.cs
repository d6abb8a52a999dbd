using System.Text.Json;
using Holdfast.Simulator.Answers;
using Holdfast.Simulator.OpenAi;
using Holdfast.Simulator.Providers;

namespace Holdfast.Simulator.Gemini;

/// <summary>
/// Vectors in Google's two ways: <c>:batchEmbedContents</c> of Gemini's API, and <c>:predict</c> of Vertex.
/// </summary>
internal static class EmbedRequest
{
    private const int MostInputs = 100;
    private const int Dimensions = 3072;

    public static (Answer? Answer, WholeWriter? Writer, Problem? Problem) Read(
        JsonElement root, GenerateCall call, ulong seed)
    {
        var isBatch = call.Asks == GenerateCall.Wish.Embeddings;
        var items = ChatRequest.Objects(root, isBatch ? "requests" : "instances").ToList();
        if (items.Count is 0 or > MostInputs)
        {
            return Refused(isBatch
                ? "BatchEmbedContentsRequest.requests: at least one and at most 100 requests can be in one batch"
                : "The instances are empty or too many.");
        }

        var inputs = new List<(string Text, int Dimensions)>();
        foreach (var item in items)
        {
            var (text, problem) = isBatch ? TextOf(item, call.Model) : (ChatRequest.Text(item, "content"), null);
            if (text is not { Length: > 0 })
            {
                return Refused(problem ?? "content: contents is not specified");
            }

            var wanted = isBatch ? ChatRequest.Number(item, "outputDimensionality")
                : ChatRequest.Object(root, "parameters") is { } parameters
                    ? ChatRequest.Number(parameters, "outputDimensionality") : null;
            inputs.Add((text, Math.Clamp(wanted ?? Dimensions, 1, Dimensions)));
        }

        var tokens = inputs.Sum(input => (input.Text.Length / 4) + 1);
        return (new Answer([new AnswerChoice(PiecedText.Empty, [], Finish.Stop, null)], tokens, 0),
            Writer(inputs, call, seed), null);
    }

    private static (Answer?, WholeWriter?, Problem?) Refused(string message) =>
        (null, null, new Problem(400, "invalid_request_error", null, message));

    private static (string? Text, string? Problem) TextOf(JsonElement request, string model)
    {
        if (ChatRequest.Text(request, "model") != "models/" + model)
        {
            return (null, "BatchEmbedContentsRequest.requests: each has the model of the batch");
        }

        return ChatRequest.Object(request, "content") is { } content
            ? (string.Concat(
                ChatRequest.Objects(content, "parts").Select(part => ChatRequest.Text(part, "text"))), null)
            : (null, null);
    }

    private static WholeWriter Writer(List<(string Text, int Dimensions)> inputs, GenerateCall call, ulong seed) =>
        new((json, empty) =>
        {
            var isBatch = call.Asks == GenerateCall.Wish.Embeddings;
            json.Raw(isBatch ? "{\"embeddings\":["u8 : "{\"predictions\":["u8);
            for (var i = 0; i < inputs.Count && !empty; i++)
            {
                var (text, dimensions) = inputs[i];
                json.Raw(i == 0 ? ""u8 : ","u8).Raw(isBatch ? "{\"values\":"u8 : "{\"embeddings\":{\"values\":"u8);
                Vectors.WriteList(json, Vectors.Of(seed, call.Model, text, dimensions));
                if (!isBatch)
                {
                    json.Raw(""","statistics":{"truncated":false,"token_count":"""u8)
                        .Number((text.Length / 4) + 1).Raw("}}"u8);
                }

                json.Raw("}"u8);
            }

            json.Raw("]}"u8);
        });
}
