using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Gemini;

/// <summary>Tools and the choice among them.</summary>
internal static class GeminiTools
{
    /// <exception cref="UnsupportedFieldException">Gemini cannot call tools so.</exception>
    public static void Write(JsonOutput output, in ChatFields fields, Refusals refusals)
    {
        var choice = ChatToolChoice.Read(
            fields[ChatField.ToolChoice], fields[ChatField.ParallelToolCalls], refusals);
        var isStrict = false;
        var any = false;
        var items = new ChatTools(fields[ChatField.Tools], refusals);
        while (items.Next())
        {
            if (!any)
            {
                output.BeginArray("tools"u8);
                output.BeginObject();
                output.BeginArray("functionDeclarations"u8);
                any = true;
            }

            isStrict |= items.Tool.IsStrict;
            WriteTool(output, items.Tool);
        }

        if (!any)
        {
            return;
        }

        output.EndArray();
        output.EndObject();
        output.EndArray();
        if (choice.IsSingle && choice.Kind != ChatToolChoiceKind.None)
        {
            refusals.Option("parallel_tool_calls", "Gemini cannot be kept from several calls at once");
        }

        WriteChoice(output, choice, isStrict);
    }

    private static void WriteTool(JsonOutput output, in ChatTool tool)
    {
        output.BeginObject();
        tool.WriteName(output);
        if (!tool.Parameters.IsMissing)
        {
            // Beside it there is "parameters", which knows only a part of JSON schema and refuses the rest.
            output.Value("parametersJsonSchema"u8, tool.Parameters);
        }

        output.EndObject();
    }

    private static void WriteChoice(JsonOutput output, in ChatToolChoice choice, bool isStrict)
    {
        var mode = choice.Kind switch
        {
            ChatToolChoiceKind.None => "NONE"u8,
            ChatToolChoiceKind.Required or ChatToolChoiceKind.Function => "ANY"u8,
            // It may call or not, but calls keep to their schemas: what strict means.
            _ when isStrict => "VALIDATED"u8,
            ChatToolChoiceKind.Auto => "AUTO"u8,
            _ => default,
        };
        if (mode.IsEmpty)
        {
            return;
        }

        output.BeginObject("toolConfig"u8);
        output.BeginObject("functionCallingConfig"u8);
        output.Word("mode"u8, mode);
        if (choice.Name.IsString)
        {
            output.BeginArray("allowedFunctionNames"u8);
            output.Value(choice.Name);
            output.EndArray();
        }

        output.EndObject();
        output.EndObject();
    }
}
