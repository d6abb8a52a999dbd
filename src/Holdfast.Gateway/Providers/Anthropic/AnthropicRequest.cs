using System.Buffers;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>Writes an OpenAI chat request as a request to Anthropic's Messages API.</summary>
internal static class AnthropicRequest
{
    private static readonly ChatFieldSet Carried = new(
        ChatField.MaxCompletionTokens, ChatField.MaxTokens, ChatField.Messages, ChatField.ParallelToolCalls,
        ChatField.ReasoningEffort, ChatField.ResponseFormat, ChatField.SafetyIdentifier, ChatField.Stop,
        ChatField.Temperature, ChatField.Thinking, ChatField.ToolChoice, ChatField.Tools, ChatField.TopK,
        ChatField.TopP, ChatField.User);

    /// <exception cref="UnsupportedFieldException">
    /// Anthropic cannot do what the caller asks; what is in <paramref name="output"/> by then is of no use.
    /// </exception>
    public static void Write(CallRequest call, string model, ProviderOptions options, IBufferWriter<byte> output) =>
        ChatRequest.Translate(
            new RequestContext(call, model, options, new Refusals("Anthropic", options.DropUnsupported)), Carried,
            output, Write);

    private static void Write(JsonOutput output, in ChatFields fields, in RequestContext context)
    {
        var refusals = context.Refusals;
        var choice = ChatToolChoice.Read(
            fields[ChatField.ToolChoice], fields[ChatField.ParallelToolCalls], refusals);
        var thinking = AnthropicThinking.Read(
            fields, choice, context.Model, context.Options.DefaultMaxTokens, refusals);

        output.BeginObject();
        output.Text("model"u8, context.Model);
        WriteMaxTokens(output, fields, context.Options.DefaultMaxTokens);
        AnthropicMessages.Write(output, fields[ChatField.Messages]);
        if (context.Call.Stream)
        {
            output.True("stream"u8);
        }

        AnthropicTools.Write(output, fields[ChatField.Tools], choice, refusals);
        WriteTemperature(output, fields[ChatField.Temperature], thinking, refusals);
        ChatOptions.WriteNumber(output, "top_p", "top_p"u8, fields[ChatField.TopP]);
        WriteTopK(output, fields[ChatField.TopK], thinking, refusals);
        ChatOptions.WriteStop(output, "stop_sequences"u8, fields[ChatField.Stop], takesBlank: false, refusals);
        thinking.Write(output);
        WriteUser(output, fields);
        WriteOutput(output, fields[ChatField.ResponseFormat], thinking, refusals);
        output.EndObject();
    }

    private static void WriteMaxTokens(JsonOutput output, in ChatFields fields, int defaultMaxTokens)
    {
        if (!fields[ChatField.MaxCompletionTokens].IsMissing)
        {
            ChatOptions.WriteNumber(
                output, "max_completion_tokens", "max_tokens"u8, fields[ChatField.MaxCompletionTokens]);
        }
        else if (!fields[ChatField.MaxTokens].IsMissing)
        {
            ChatOptions.WriteNumber(output, "max_tokens", "max_tokens"u8, fields[ChatField.MaxTokens]);
        }
        else
        {
            output.Number("max_tokens"u8, defaultMaxTokens);
        }
    }

    private static void WriteTemperature(
        JsonOutput output, JsonView temperature, in AnthropicThinking thinking, Refusals refusals)
    {
        var isNumber = temperature.TryGetDouble(out var value);
        if (isNumber && value is < 0 or > 1)
        {
            refusals.Option("temperature", "Anthropic takes 0 to 1");
        }
        else if (isNumber && thinking.IsByEffort && value != 1)
        {
            refusals.Option("temperature", "Anthropic takes only 1 together with reasoning_effort");
        }
        else
        {
            ChatOptions.WriteNumber(output, "temperature", "temperature"u8, temperature);
        }
    }

    private static void WriteTopK(JsonOutput output, JsonView topK, in AnthropicThinking thinking, Refusals refusals)
    {
        if (thinking.IsByEffort && !topK.IsMissing)
        {
            refusals.Option("top_k", "Anthropic does not take it together with reasoning_effort");
        }
        else
        {
            ChatOptions.WriteNumber(output, "top_k", "top_k"u8, topK);
        }
    }

    private static void WriteUser(JsonOutput output, in ChatFields fields)
    {
        // safety_identifier is what OpenAI replaced user by.
        var isNew = !fields[ChatField.SafetyIdentifier].IsMissing;
        var user = fields[isNew ? ChatField.SafetyIdentifier : ChatField.User];
        if (user.IsMissing)
        {
            return;
        }

        if (!user.IsString)
        {
            throw Refusals.Invalid(isNew ? "safety_identifier" : "user", "it must be a string");
        }

        output.BeginObject("metadata"u8);
        output.Value("user_id"u8, user);
        output.EndObject();
    }

    private static void WriteOutput(
        JsonOutput output, JsonView responseFormat, in AnthropicThinking thinking, Refusals refusals)
    {
        var schema = ChatOptions.Schema(responseFormat, out var isJson, refusals);
        if (isJson)
        {
            refusals.Option("response_format", "Anthropic knows the types text and json_schema");
        }

        if (schema.IsMissing && thinking.Effort.IsEmpty)
        {
            return;
        }

        output.BeginObject("output_config"u8);
        if (!thinking.Effort.IsEmpty)
        {
            output.Word("effort"u8, thinking.Effort);
        }

        if (!schema.IsMissing)
        {
            output.BeginObject("format"u8);
            output.Word("type"u8, "json_schema"u8);
            output.Value("schema"u8, schema);
            output.EndObject();
        }

        output.EndObject();
    }
}
