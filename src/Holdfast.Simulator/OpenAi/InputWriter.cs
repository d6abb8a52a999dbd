using Holdfast.Simulator.Answers;
using Holdfast.Simulator.Wire;

namespace Holdfast.Simulator.OpenAi;

/// <summary>Writes vectors and judgements as OpenAI's specification has them.</summary>
internal static class InputWriter
{
    private static readonly string[] Categories =
    [
        "hate", "hate/threatening", "harassment", "harassment/threatening", "illicit", "illicit/violent", "self-harm",
        "self-harm/intent", "self-harm/instructions", "sexual", "sexual/minors", "violence", "violence/graphic",
    ];

    /// <param name="seed">The provider's.</param>
    /// <param name="request">What was asked.</param>
    /// <param name="onlyLists">The provider knows no base64, and answers with numbers whatever is asked.</param>
    public static WholeWriter Embeddings(ulong seed, InputRequest request, bool onlyLists) => new((json, empty) =>
    {
        json.Raw("""{"object":"list","data":["""u8);
        for (var i = 0; i < request.Inputs.Count && !empty; i++)
        {
            json.Raw(i == 0 ? ""u8 : ","u8).Raw("""{"object":"embedding","index":"""u8).Number(i)
                .Raw(""","embedding":"""u8);
            var vector = Vectors.Of(
                seed, request.Model, request.Inputs[i], request.Dimensions ?? Vectors.Dimensions);
            if (request.WantsBase64 && !onlyLists)
            {
                Vectors.WriteBase64(json, vector);
            }
            else
            {
                Vectors.WriteList(json, vector);
            }

            json.Raw("}"u8);
        }

        json.Raw("""],"model":"""u8).String(request.Model)
            .Raw(""","usage":{"prompt_tokens":"""u8).Number(request.Tokens)
            .Raw(""","total_tokens":"""u8).Number(request.Tokens).Raw("}}"u8);
    });

    /// <summary>A text that speaks of killing is violent; every other one is harmless.</summary>
    public static WholeWriter Moderations(InputRequest request, SplitMix ids) => new((json, empty) =>
    {
        json.Raw("""{"id":"""u8).String(ids.NextId("modr-", 29)).Raw(""","model":"""u8).String(request.Model)
            .Raw(""","results":["""u8);
        for (var i = 0; i < request.Inputs.Count && !empty; i++)
        {
            WriteResult(json.Raw(i == 0 ? ""u8 : ","u8), request.Inputs[i]);
        }

        json.Raw("]}"u8);
    });

    private static void WriteResult(JsonText json, string text)
    {
        var isViolent = text.Contains("kill", StringComparison.OrdinalIgnoreCase);
        json.Raw("""{"flagged":"""u8).Raw(isViolent ? "true"u8 : "false"u8);
        WriteEach(json, ",\"categories\":{"u8, (to, isHit) => to.Raw(isHit ? "true"u8 : "false"u8), isViolent);
        WriteEach(json, ",\"category_scores\":{"u8, (to, isHit) => to.Raw(isHit ? "0.97"u8 : "0.0001"u8), isViolent);
        WriteEach(json, ",\"category_applied_input_types\":{"u8, (to, _) => to.Raw("[\"text\"]"u8), isViolent);
        json.Raw("}"u8);
    }

    private static void WriteEach(
        JsonText json, ReadOnlySpan<byte> opening, Action<JsonText, bool> write, bool isViolent)
    {
        json.Raw(opening);
        for (var i = 0; i < Categories.Length; i++)
        {
            json.Raw(i == 0 ? ""u8 : ","u8).String(Categories[i]).Raw(":"u8);
            write(json, isViolent && Categories[i] == "violence");
        }

        json.Raw("}"u8);
    }
}
