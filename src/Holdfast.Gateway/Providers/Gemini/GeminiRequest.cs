using System.Buffers;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Gemini;

/// <summary>Writes an OpenAI chat request as a <c>GenerateContentRequest</c>.</summary>
internal static class GeminiRequest
{
    private static readonly ChatFieldSet Carried = new(
        ChatField.FrequencyPenalty, ChatField.Logprobs, ChatField.MaxCompletionTokens, ChatField.MaxTokens,
        ChatField.Messages, ChatField.N, ChatField.ParallelToolCalls, ChatField.PresencePenalty,
        ChatField.ReasoningEffort, ChatField.ResponseFormat, ChatField.SafetySettings,
        ChatField.Seed, ChatField.Stop, ChatField.Temperature, ChatField.ToolChoice, ChatField.Tools, ChatField.TopK,
        ChatField.TopLogprobs, ChatField.TopP);

    /// <exception cref="UnsupportedFieldException">
    /// Gemini cannot do what the caller asks; what is in <paramref name="output"/> by then is of no use.
    /// </exception>
    public static void Write(CallRequest call, string model, ProviderOptions options, IBufferWriter<byte> output) =>
        ChatRequest.Translate(
            new RequestContext(call, model, options, new Refusals("Gemini", options.DropUnsupported)), Carried, output,
            Write);

    private static void Write(JsonOutput output, in ChatFields fields, in RequestContext context)
    {
        var refusals = context.Refusals;
        output.BeginObject();
        GeminiContents.Write(output, fields[ChatField.Messages], context.Model);
        GeminiTools.Write(output, fields, refusals);
        WriteSafety(output, fields[ChatField.SafetySettings]);
        output.BeginObject("generationConfig"u8);
        WriteSampling(output, fields, refusals);
        WriteFormat(output, fields[ChatField.ResponseFormat], refusals);
        ChatOptions.WriteLogprobs(output, fields, "responseLogprobs"u8, "logprobs"u8, refusals);
        GeminiThinking.Write(output, fields[ChatField.ReasoningEffort], context.Model, refusals);
        output.EndObject();
        output.EndObject();
    }

    private static void WriteSafety(JsonOutput output, JsonView settings)
    {
        if (!settings.IsMissing)
        {
            output.Value("safetySettings"u8, settings.IsArray
                ? settings
                : throw Refusals.Invalid("safety_settings", "it must be an array"));
        }
    }

    private static void WriteSampling(JsonOutput output, in ChatFields fields, Refusals refusals)
    {
        var isNew = !fields[ChatField.MaxCompletionTokens].IsMissing;
        ChatOptions.WriteNumber(
            output, isNew ? "max_completion_tokens" : "max_tokens", "maxOutputTokens"u8,
            fields[isNew ? ChatField.MaxCompletionTokens : ChatField.MaxTokens]);
        ChatOptions.WriteNumber(output, "temperature", "temperature"u8, fields[ChatField.Temperature]);
        ChatOptions.WriteNumber(output, "top_p", "topP"u8, fields[ChatField.TopP]);
        ChatOptions.WriteNumber(output, "top_k", "topK"u8, fields[ChatField.TopK]);
        ChatOptions.WriteStop(output, "stopSequences"u8, fields[ChatField.Stop], takesBlank: true, refusals);
        WriteSeed(output, fields[ChatField.Seed], refusals);
        ChatOptions.WriteNumber(output, "n", "candidateCount"u8, fields[ChatField.N]);
        ChatOptions.WriteNumber(
            output, "presence_penalty", "presencePenalty"u8, fields[ChatField.PresencePenalty]);
        ChatOptions.WriteNumber(
            output, "frequency_penalty", "frequencyPenalty"u8, fields[ChatField.FrequencyPenalty]);
    }

    private static void WriteSeed(JsonOutput output, JsonView seed, Refusals refusals)
    {
        if (seed.TryGetInt64(out var number) && number is < int.MinValue or > int.MaxValue)
        {
            refusals.Option("seed", "Gemini takes whole numbers of 32 bits");
        }
        else
        {
            ChatOptions.WriteNumber(output, "seed", "seed"u8, seed);
        }
    }

    private static void WriteFormat(JsonOutput output, JsonView format, Refusals refusals)
    {
        var schema = ChatOptions.Schema(format, out var isJson, refusals);
        if (isJson || !schema.IsMissing)
        {
            output.Word("responseMimeType"u8, "application/json"u8);
        }

        if (!schema.IsMissing)
        {
            output.Value("responseJsonSchema"u8, schema);
        }
    }
}
