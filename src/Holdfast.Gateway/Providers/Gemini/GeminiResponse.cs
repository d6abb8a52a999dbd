using System.Text.Json;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Gemini;

/// <summary>A <c>GenerateContentResponse</c>, taken apart: a whole answer, or one event of a stream.</summary>
internal ref struct GeminiResponse
{
    public JsonView Candidates;
    public JsonView Usage;
    public JsonView Model;
    public JsonView Id;
    public JsonView Error;

    private JsonView _feedback;

    /// <summary>The prompt was blocked: there is no answer and will be none.</summary>
    public readonly bool IsBlocked =>
        _feedback.Member("blockReason"u8) is { IsString: true } reason && !reason.Says("BLOCK_REASON_UNSPECIFIED"u8)
        && !HasCandidates;

    public readonly bool HasCandidates => Candidates is { IsArray: true, IsEmpty: false };

    /// <exception cref="JsonException">It is no such response.</exception>
    public static GeminiResponse Read(JsonView json)
    {
        var response = default(GeminiResponse);
        var members = json.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("candidates"u8): response.Candidates = members.Value; break;
                case var name when name.SequenceEqual("usageMetadata"u8): response.Usage = members.Value; break;
                case var name when name.SequenceEqual("modelVersion"u8): response.Model = members.Value; break;
                case var name when name.SequenceEqual("responseId"u8): response.Id = members.Value; break;
                case var name when name.SequenceEqual("promptFeedback"u8): response._feedback = members.Value; break;
                case var name when name.SequenceEqual("error"u8): response.Error = members.Value; break;
            }
        }

        return response.Candidates.IsMissing || response.Candidates.IsArray
            ? response
            : throw new JsonException("Candidates come as an array.");
    }
}

/// <summary>One candidate: an answer, or a piece of one.</summary>
internal ref struct GeminiCandidate
{
    // Nobody may ask for so many.
    private const int MaxCandidates = 128;

    public int Index;

    /// <summary>An array, or missing.</summary>
    public JsonView Parts;

    /// <summary>A string, or missing.</summary>
    public JsonView FinishReason;

    /// <summary>An object, or missing.</summary>
    public JsonView Logprobs;

    public readonly bool HasParts => Parts is { IsArray: true, IsEmpty: false };

    /// <param name="json">The candidate.</param>
    /// <param name="position">Where it stands among the candidates: its index where it names none.</param>
    /// <exception cref="JsonException">It is none.</exception>
    public static GeminiCandidate Read(JsonView json, int position)
    {
        var candidate = default(GeminiCandidate);
        JsonView index = default, content = default;
        var members = json.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("index"u8): index = members.Value; break;
                case var name when name.SequenceEqual("content"u8): content = members.Value; break;
                case var name when name.SequenceEqual("finishReason"u8):
                    candidate.FinishReason = members.Value;
                    break;
                case var name when name.SequenceEqual("logprobsResult"u8): candidate.Logprobs = members.Value; break;
            }
        }

        candidate.Index = index.IsMissing ? position
            : index.TryGetInt64(out var number) && number is >= 0 and < MaxCandidates ? (int)number
            : throw new JsonException("A candidate's index is a small number.");
        candidate.Parts = content.IsMissing || content.IsObject
            ? content.Member("parts"u8)
            : throw new JsonException("A candidate's content is an object.");
        var isWhole = (candidate.Parts.IsMissing || candidate.Parts.IsArray)
            && (candidate.FinishReason.IsMissing || candidate.FinishReason.IsString)
            && (candidate.Logprobs.IsMissing || candidate.Logprobs.IsObject);
        return isWhole ? candidate : throw new JsonException("A candidate lacks what it must have.");
    }
}
